import { strategyNeeds } from '../strategy/needs.ts';
import type { Strategy } from '../strategy/specification/strategy.ts';
import { validateStrategy } from '../strategy/validate.ts';
import { withK } from '../strategy/with-k.ts';
import { misfitsOf } from './check-model.ts';
import { noSurvivorAtFirst } from './check-survivors.ts';
import { teacherProblems, untrainedProblems } from './check-teacher.ts';
import { defectOf, defectsOf } from './defects.ts';
import type { Assignment } from './expand.ts';
import { labelOf } from './label.ts';
import type { ModelShapes } from './model-shape.ts';
import { durationGroups, followingSeeds, type PlainParameterName, type PlainParameters } from './parameters.ts';
import { mergeDefaults, type PresetName, presetDefaults } from './presets.ts';
import { pruneLength } from './prune-length.ts';
import type { ModelSpec, StrategyChoice, SweepFile } from './sweep-file.ts';

/** What the trainer gives a layer loss beyond hidden states and gates. */
const givenNeeds: readonly string[] = ['attention-mask', 'epoch', 'expected-layers', 'layer-importance'];

/** All that determines a run, defaults filled in. */
export type Settings = {
  readonly task: string;
  /** The strategy's name in tables. */
  readonly label: string;
  /** Name of the module to emit, which says what `k` and `layer_reduction` changed. */
  readonly moduleName: string;
  readonly strategy: Strategy;
  /** The number of teacher layers, where the strategy has one. */
  readonly k: number | null;
  readonly values: Partial<Omit<PlainParameters, 'preset' | 'k' | 'layer_reduction'>>;
  /** How its pairs add up, where it has pairs to choose about. */
  readonly reduction: PlainParameters['layer_reduction'] | null;
};

export type Problem = { readonly path: string; readonly message: string };

export type SettingsContext = ModelShapes & {
  readonly model: ModelSpec;
  /** null: the model itself is finetuned to be the teacher. */
  readonly teacher: ModelSpec | null;
  readonly split: SweepFile['data']['split'];
  /** Whether the sweep gives `k` more than one value, so that the sum over pairs would weigh runs differently. */
  readonly kIsSwept: boolean;
};

/** Fills in presets and applies `k`; says what cannot work together, at the value to blame. */
export function resolveSettings(
  assignment: Assignment,
  context: SettingsContext,
): { settings: Settings } | { problems: Problem[] } {
  const problems: Problem[] = [];
  const given: Record<string, unknown> = {};
  for (const [name, { value }] of Object.entries(assignment)) {
    if (name !== 'task' && name !== 'strategy' && name !== 'preset') given[name] = value;
  }
  const task = String(assignment.task?.value);
  const choice = assignment.strategy?.value as StrategyChoice;
  const preset = (assignment.preset?.value ?? defaultPreset(context.model)) as PresetName;
  const pathOf = (name: string) => assignment[name]?.path ?? `parameters.${name}`;

  for (const group of durationGroups) {
    const both = group.filter((name) => name in given);
    const second = both[1];
    if (second !== undefined)
      problems.push({ path: pathOf(second), message: `Expected one of ${both.join(' and ')}, got both` });
  }
  const filled = presetDefaults(preset, task);
  if ('problem' in filled) return { problems: [{ path: pathOf('preset'), message: filled.problem }, ...problems] };
  const {
    k: wantedK,
    layer_reduction: wantedReduction,
    ...values
  } = mergeDefaults(
    filled.defaults,
    context.teacher !== null ? { student_start: 'pretrained', ...given } : given,
  ) as Partial<PlainParameters>;

  const shaped = applyStrategy(choice, wantedK, wantedReduction, context.kIsSwept);
  const name = wantedK !== undefined && takesLayerCount(choice) ? `${choice.label} with k ${wantedK}` : choice.label;
  const { shape, teacherShape } = context;
  if (context.teacher !== null) problems.push(...teacherProblems(choice, given.student_start, pathOf));
  if (shape !== null && teacherShape !== null) {
    const depths = { name, teacherLayers: teacherShape.layers, studentLayers: shape.layers };
    problems.push(
      ...validateStrategy(shaped.strategy, depths).map((message) => ({ path: pathOf('strategy'), message })),
      ...misfitsOf(values, shape, teacherShape).map((misfit) => ({
        path: pathOf(misfit.name),
        message: misfit.message,
      })),
    );
  }
  for (const need of strategyNeeds(shaped.strategy)) {
    if (givenNeeds.includes(need)) continue;
    problems.push({
      path: pathOf('strategy'),
      message: `Strategy "${choice.label}" needs ${need}, which the builtin backend does not give yet`,
    });
  }
  const noSurvivor = noSurvivorAtFirst(shaped.strategy, choice.label, values);
  if (noSurvivor !== undefined) problems.push({ path: pathOf('initial_logit'), message: noSurvivor });
  problems.push(...untrainedProblems(task, values, context, pathOf), ...numericProblems(values, pathOf));
  const pruning = pruneLength(values, task, context.split);
  if ('problem' in pruning) {
    const name = 'prefinetune_steps' in values ? 'prefinetune_steps' : 'prefinetune_epochs';
    problems.push({ path: pathOf(name), message: pruning.problem });
  }
  return problems.length > 0 ? { problems } : { settings: { task, label: choice.label, values, ...shaped } };
}

/** The preset of a sweep that names none, by its model. */
export function defaultPreset(model: ModelSpec): PresetName {
  if (model.source === 'random') return 'tiny';
  if (model.source === 'embedded') return model.layers > 8 ? 'embedded-12' : 'embedded-6';
  return 'paper';
}

type Shaped = Pick<Settings, 'strategy' | 'k' | 'reduction' | 'moduleName'>;

export function applyStrategy(
  choice: StrategyChoice,
  wantedK: number | undefined,
  wantedReduction: PlainParameters['layer_reduction'] | undefined,
  kIsSwept: boolean,
): Shaped {
  const { label, strategy: own } = choice;
  if (own.kind !== 'composed') return { strategy: own, k: layerCount(own), reduction: null, moduleName: label };
  const takesK = wantedK !== undefined && takesLayerCount(choice);
  const strategy = takesK ? withK(own, wantedK, label) : own;
  const k = layerCount(strategy);
  const kind = wantedReduction ?? (kIsSwept && takesK ? 'fixed-total' : undefined);
  const kName = takesK && k !== layerCount(own) ? `${label}-k${k}` : label;
  const current = strategy.normalisation.reduction.kind;
  if (kind === undefined || kind === current) return { strategy, k, reduction: current, moduleName: kName };
  const reduction = kind === 'fixed-total' ? { kind, weight: publishedPairs } : { kind };
  const normalisation = { ...strategy.normalisation, reduction };
  return { strategy: { ...strategy, normalisation }, k, reduction: kind, moduleName: `${kName}-${kind}` };
}

/** The published code sums over four pairs; a fixed total keeps that weight. */
const publishedPairs = 4;

/** Whether `k` changes this strategy: not where its name or its own text says how many layers. */
export function takesLayerCount({ strategy, fixedK }: StrategyChoice): boolean {
  return !fixedK && strategy.kind === 'composed' && 'k' in strategy.selection;
}

function layerCount(strategy: Strategy): number | null {
  if (strategy.kind === 'none') return null;
  if (strategy.kind === 'published') return publishedPairs;
  const { selection } = strategy;
  if ('k' in selection) return selection.k;
  return selection.kind === 'fixed' ? selection.layers.length : null;
}

function numericProblems(values: Settings['values'], pathOf: (name: string) => string): Problem[] {
  const problems: Problem[] = [];
  const {
    accumulation_steps: accumulation = 1,
    batch_size: batch = 1,
    finetune_batch_size: finetuneBatch = batch,
  } = values;
  for (const [name, size] of Object.entries({ batch_size: batch, finetune_batch_size: finetuneBatch })) {
    if (size % accumulation === 0) continue;
    problems.push({
      path: pathOf('accumulation_steps'),
      message: `Expected accumulation_steps to divide ${name} ${size}, got ${accumulation}`,
    });
  }
  const lengths: readonly (readonly [
    PlainParameterName,
    number | undefined,
    PlainParameterName,
    number | undefined,
  ])[] = [
    ['sparsity_warmup_steps', values.sparsity_warmup_steps, 'prune_steps', values.prune_steps],
    ['sparsity_warmup_epochs', values.sparsity_warmup_epochs, 'prune_epochs', values.prune_epochs],
  ];
  for (const [name, warmup, whole, total] of lengths) {
    if (warmup === undefined || total === undefined || warmup <= total) continue;
    problems.push({ path: pathOf(name), message: `Expected ${name} to be at most ${whole} ${total}, got ${warmup}` });
  }
  return problems;
}

/** The settings as tables and keys of runs show them: flat, without what only repeats the seed. */
export function flatten(
  settings: Settings,
  fixed: Readonly<Record<string, string | number>>,
): Record<string, string | number | boolean> {
  const { task, label, k, reduction, values } = settings;
  const flat: Record<string, string | number | boolean> = {
    task,
    strategy: label,
    ...(k === null ? {} : { k }),
    ...fixed,
  };
  if (reduction !== null) flat.layer_reduction = reduction;
  for (const [name, value] of Object.entries(values)) {
    const repeatsSeed = (followingSeeds as readonly string[]).includes(name) && value === values.seed;
    if (value !== undefined && !repeatsSeed && hasMeaning(name, settings)) flat[name] = labelOf(value);
  }
  return flat;
}

/** Whether a value says anything: not that of a layer loss or a finetuning that there is not. */
function hasMeaning(name: string, { task, strategy, values }: Settings): boolean {
  if (name === 'compile') return values.compile === true;
  const defect = defectOf(name);
  if (defect !== undefined) return defectsOf(values, task).includes(defect);
  if (name === 'prefinetune_within') return (values.prefinetune_epochs ?? values.prefinetune_steps) !== 0;
  if (name === 'layer_weight' || name === 'draw_seed') return strategy.kind !== 'none';
  const length = values.finetune_epochs ?? values.finetune_steps;
  return length !== 0 || !/^finetune_(?:learning_rate|schedule|batch_size)$/.test(name);
}
