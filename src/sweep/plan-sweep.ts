import { hash } from 'node:crypto';
import type { StageConfig } from '../wire/stage.ts';
import { canonicalJson } from './canonical-json.ts';
import { contextOf, findProblems } from './check-runs.ts';
import { contentKey } from './content-key.ts';
import { SweepFileProblems } from './errors.ts';
import { forEachRun } from './expand.ts';
import type { PlannedRun, PlannedStage, SweepPlan } from './plan.ts';
import type { PlanContext } from './plan-context.ts';
import { stageResources } from './resources.ts';
import { flatten, resolveSettings, type Settings } from './settings.ts';
import { labelStage } from './stage-label.ts';
import { numericsOf, type Share, type StageParts, shareEqual, stageConfigs } from './stages.ts';
import type { ModelSpec, SweepFile } from './sweep-file.ts';

/**
 * The runs and stages of a sweep: pure, the same for the same file and context.
 *
 * @throws SweepFileProblems where the file asks for what the model, the data or the machine cannot do.
 */
export function planSweep(sweep: SweepFile, context: PlanContext): SweepPlan {
  const { shape: teacherShape, classes, labels } = context.teacher ?? context.model;
  const shapes = { shape: context.model.shape, teacherShape, teacherClassifier: { classes, labels } };
  const problems = findProblems(sweep, {
    ...shapes,
    device: context.device,
    gpuMemoryMiB: context.gpuMemoryMiB,
    missingCompiler: context.missingCompiler,
  });
  if (problems.length > 0) throw new SweepFileProblems(problems);

  const settingsContext = contextOf(sweep, shapes);
  const planning: Planning = { sweep, context, modules: moduleCache(context), share: shareEqual(), stages: new Map() };
  const runs = new Map<string, PlannedRun>();
  forEachRun(sweep, (assignment) => {
    const resolved = resolveSettings(assignment, settingsContext);
    if ('problems' in resolved) throw new Error('a run that was checked before has problems');
    const run = planRun(planning, resolved.settings);
    if (!runs.has(run.id)) runs.set(run.id, run);
    return true;
  });
  return { name: sweep.name, runs: [...runs.values()], stages: [...planning.stages.values()] };
}

type Planning = {
  readonly sweep: SweepFile;
  readonly context: PlanContext;
  readonly modules: (settings: Settings) => StageParts['strategy'];
  readonly share: Share;
  /** Grows run by run. */
  readonly stages: Map<string, PlannedStage>;
};

/** The run's stages join those that earlier runs have planned; equal keys are one stage. */
function planRun({ sweep, context, modules, share, stages }: Planning, settings: Settings): PlannedRun {
  const { threads, checkpointEverySteps } = sweep.resources;
  const task = taskOf(settings, sweep, context);
  const teacher = context.teacher ?? context.model;
  const parts = { task, model: context.model.config, teacher: teacher.config, strategy: modules(settings), share };
  const numerics = share(numericsOf(settings, context.device, threads));
  const resources = share(stageResources(sweep.resources, context.device));
  const keys: Partial<Record<StageConfig['stage'], string>> = {};
  for (const work of stageConfigs(settings, parts)) {
    const inputs = inputsOf(work, keys);
    const key = contentKey({
      work,
      inputs,
      numerics,
      tokenizer: (readsTeacherOnly(work) ? teacher : context.model).tokenizer,
    });
    keys[work.stage] = key;
    if (stages.has(key)) continue;
    const label = labelStage(work, settings);
    stages.set(key, { key, work, inputs, numerics, resources, label, checkpointEverySteps });
  }
  const { evaluate: evaluateKey } = keys;
  if (evaluateKey === undefined) throw new Error('a run without an evaluation');
  const parameters = flatten(settings, {
    model: modelLabel(sweep.model),
    ...(sweep.teacher === null ? {} : { teacher: modelLabel(sweep.teacher) }),
    split: sweep.data.split,
  });
  const id = hash('sha256', canonicalJson(parameters)).slice(0, 12);
  return { id, parameters, seed: settings.values.seed ?? 1, stageKeys: Object.values(keys), evaluateKey };
}

/** Keys of what a stage reads, by role, of those that the run has. */
function inputsOf({ stage }: StageConfig, keys: Partial<Record<StageConfig['stage'], string>>): Record<string, string> {
  const { teacher, importance, prune, finetune } = keys;
  const wanted: Readonly<Record<string, string | undefined>> = {
    teacher: {},
    importance: { teacher },
    prune: { teacher, importance },
    finetune: { model: prune, teacher, importance },
    evaluate: { model: finetune ?? prune, teacher },
  }[stage];
  return Object.fromEntries(Object.entries(wanted).flatMap(([role, key]) => (key === undefined ? [] : [[role, key]])));
}

function readsTeacherOnly({ stage }: StageConfig): boolean {
  return stage === 'teacher' || stage === 'importance';
}

function taskOf({ task, values }: Settings, sweep: SweepFile, context: PlanContext): StageParts['task'] {
  const facts = context.tasks.get(task);
  if (facts === undefined) throw new Error(`the context lacks the data of task ${task}`);
  return {
    name: task,
    source: facts.source,
    fingerprint: facts.fingerprint,
    split: sweep.data.split,
    maxTrainExamples: values.max_train_examples ?? null,
    maxEvalExamples: values.max_eval_examples ?? null,
  };
}

/** One call of `moduleFor` for each different module. */
function moduleCache(context: PlanContext): (settings: Settings) => StageParts['strategy'] {
  const known = new Map<string, StageParts['strategy']>();
  return ({ strategy, moduleName: name }) => {
    if (strategy.kind === 'none') return strategy;
    const found = known.get(name);
    if (found !== undefined) return found;
    const module = { kind: 'module' as const, name, ...context.moduleFor(strategy, name) };
    known.set(name, module);
    return module;
  };
}

function modelLabel(model: ModelSpec): string {
  switch (model.source) {
    case 'embedded':
      return `embedded-${model.layers}`;
    case 'directory':
      return model.path.replace(/\/+$/, '').split('/').at(-1) ?? model.path;
    case 'hub':
      return model.name;
    case 'random':
      return `random-${model.layers}x${model.hiddenSize}`;
    default:
      model satisfies never;
      throw new Error('unreachable model source');
  }
}
