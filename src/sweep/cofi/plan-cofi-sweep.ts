import { hash } from 'node:crypto';
import { findTask } from '../../glue/tasks.ts';
import type { Strategy } from '../../strategy/specification/strategy.ts';
import { uniformLayers } from '../../strategy/uniform-layers.ts';
import { canonicalJson } from '../canonical-json.ts';
import { forEachRun } from '../expand.ts';
import type { PlannedRun, StageResources } from '../plan.ts';
import { finetuneArguments, pruneArguments } from './arguments.ts';
import type { CofiSweep } from './cofi-sweep.ts';
import { depth, isSwept } from './problems.ts';
import { type CofiSettings, flattenCofi, resolveCofiSettings } from './settings.ts';

export type CofiKind = 'cofi-prune' | 'cofi-finetune' | 'cofi-evaluate';

/** A stage of upstream's program, or the reading of what it left. */
export type CofiStage = {
  /** `<kind>-<hash>`: also the name of its folder under results/stages. */
  readonly key: string;
  readonly kind: CofiKind;
  /** What the key is the hash of. */
  readonly material: Readonly<Record<string, unknown>>;
  readonly label: string;
  /** Keys of input stages by role: `prune`, `finetune`. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly resources: StageResources;
  readonly task: string;
  /** What its models are chosen by. */
  readonly primaryMetric: string;
  /** Hash of the sources that run: the checkout with the strategy in it. */
  readonly sources: string;
  /** Without those that name paths. */
  readonly arguments: readonly string[];
  readonly studentStart: 'pretrained' | 'teacher';
  /** Whether the layer loss is the published code, its defects included. */
  readonly isPublished: boolean;
  /** The teacher layers that every step distils; null where they are drawn, or there is no layer loss. */
  readonly drawnLayers: readonly number[] | null;
};

export type CofiPlan = {
  readonly name: string;
  readonly runs: readonly PlannedRun[];
  /** Inputs before the stages that read them. */
  readonly stages: readonly CofiStage[];
};

/** All that a plan depends on beside the sweep file, looked up beforehand. */
export type CofiContext = {
  readonly device: 'cpu' | 'cuda';
  /** Of the user's Python, by name: other versions, other numbers. */
  readonly packages: Readonly<Record<string, string>>;
  readonly model: { readonly label: string; readonly fingerprint: string };
  /** Fingerprints by task. */
  readonly teachers: ReadonlyMap<string, string>;
  /** Hash of the checkout's sources with the strategy in them. */
  readonly sourcesFor: (strategy: Strategy, moduleName: string) => string;
};

/** Raised where what is read from upstream's runs, or how they are started, changes their numbers. */
const cofiVersion = 1;

/** The runs and stages of a sweep of upstream's program: pure, the same for the same file and context. */
export function planCofiSweep(sweep: CofiSweep, context: CofiContext): CofiPlan {
  const stages = new Map<string, CofiStage>();
  const runs = new Map<string, PlannedRun>();
  const kIsSwept = isSwept(sweep, 'k');
  forEachRun(sweep, (assignment) => {
    const settings = resolveCofiSettings(assignment, kIsSwept);
    const chain = stagesOf(settings, sweep, context);
    for (const stage of chain) stages.set(stage.key, stage);
    const parameters = flattenCofi(settings, context.model.label);
    const id = hash('sha256', canonicalJson({ backend: 'cofi', ...parameters })).slice(0, 12);
    const keys = chain.map(({ key }) => key);
    const { seed } = settings.values;
    if (!runs.has(id)) runs.set(id, { id, parameters, seed, stageKeys: keys, evaluateKey: keys.at(-1) ?? '' });
    return true;
  });
  return { name: sweep.name, runs: [...runs.values()], stages: [...stages.values()] };
}

function stagesOf(settings: CofiSettings, sweep: CofiSweep, context: CofiContext): CofiStage[] {
  const { task, strategy, moduleName, values } = settings;
  const { threads, runsPerGpu } = sweep.resources;
  const { device, packages, model } = context;
  const sources = context.sourcesFor(strategy, moduleName);
  const content = {
    ...{ version: cofiVersion, sources, device, threads, packages, studentStart: values.student_start },
    ...{ model: model.fingerprint, teacher: context.teachers.get(task) },
  };
  const common = {
    ...{
      task,
      primaryMetric: findTask(task)?.primaryMetric ?? 'accuracy',
      sources,
      studentStart: values.student_start,
      drawnLayers: constantLayers(strategy),
      isPublished: strategy.kind === 'published',
    },
    resources: { gpus: device === 'cuda' ? 1 : 0, runsPerGpu, memoryMiB: null },
  };
  const make = (kind: CofiKind, inputs: Readonly<Record<string, string>>, args: readonly string[]): CofiStage => {
    const material = { kind, ...content, inputs, arguments: argumentsByName(args) };
    const key = `${kind}-${hash('sha256', canonicalJson(material)).slice(0, 16)}`;
    return { ...common, key, kind, material, inputs, arguments: args, label: labelOf(kind, settings) };
  };
  const prune = make('cofi-prune', {}, pruneArguments(settings));
  const finetune =
    values.finetune_epochs === 0 ? [] : [make('cofi-finetune', { prune: prune.key }, finetuneArguments(settings))];
  const inputs = { prune: prune.key, ...Object.fromEntries(finetune.map(({ key }) => ['finetune', key])) };
  return [prune, ...finetune, make('cofi-evaluate', inputs, [])];
}

/** Without the name of the experiment, which says nothing to the program. */
function argumentsByName(args: readonly string[]): Record<string, string> {
  const named = args.flatMap((word, i) => {
    if (!word.startsWith('--') || word === '--ex_name') return [];
    const next = args[i + 1];
    return [[word.slice(2), next === undefined || next.startsWith('--') ? 'set' : next] as const];
  });
  return Object.fromEntries(named);
}

function labelOf(kind: CofiKind, { task, moduleName, values }: CofiSettings): string {
  return `${kind} ${task} ${moduleName} ${Number((values.sparsity * 100).toPrecision(6))}% seed ${values.seed}`;
}

/** Upstream's log says which student layers were matched, not to which teacher layers: known where they never change. */
function constantLayers(strategy: Strategy): readonly number[] | null {
  if (strategy.kind === 'none') return null;
  if (strategy.kind === 'published') return strategy.version < 5 ? uniformLayers(depth, 4) : null;
  const { selection } = strategy;
  switch (selection.kind) {
    case 'fixed':
      return selection.layers;
    case 'uniform':
      return uniformLayers(depth, selection.k);
    case 'all':
      return uniformLayers(depth, depth);
    default:
      return null;
  }
}
