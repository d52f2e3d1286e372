import { findTask } from '../glue/tasks.ts';
import { labelMisfit, vocabularyMisfit, withNamedLabels } from './check-model.ts';
import { embeddedModel, embeddedSets } from './embedded.ts';
import { type SweepFileError, SweepFileProblems, type SweepFileWarning } from './errors.ts';
import { FactsError } from './facts-error.ts';
import { lookAtGlue } from './glue-files.ts';
import { type Hub, resolveDataset, resolveModel } from './hub.ts';
import { fingerprintModelDirectory } from './model-directory.ts';
import { statedShape } from './model-shape.ts';
import type { ModelFacts, TaskFacts } from './plan-context.ts';
import { at } from './reading.ts';
import type { ModelSpec, SweepFile } from './sweep-file.ts';

export type LookUpOptions = {
  /** Directory of GLUE in its standard layout (`--glue-dir`, LAYERSWEEP_GLUE_DIR); null: none given. */
  readonly glueDir: string | null;
  readonly hub: Hub;
};

export type SweepFacts = {
  readonly model: ModelFacts;
  readonly teacher: ModelFacts | null;
  readonly tasks: ReadonlyMap<string, TaskFacts>;
  readonly warnings: readonly SweepFileWarning[];
};

/** The hub's name of GLUE. */
const glueOnHub = 'nyu-mll/glue';

/**
 * Looks at the model and the data that a sweep names, and hashes them. Reads files, and the hub where a sweep names it.
 *
 * @throws SweepFileProblems, all of them at once: a directory that is missing or half-written, an unknown hub name.
 */
export async function lookUpFacts(sweep: SweepFile, options: LookUpOptions): Promise<SweepFacts> {
  const errors: SweepFileError[] = [];
  const attempt = async <T>(path: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof FactsError)) throw error;
      errors.push(at(sweep, path, error.message));
      return undefined;
    }
  };
  const model = await attempt('model', () => lookUpModel(sweep.model, options.hub));
  const named = sweep.teacher;
  const teacher = named && (await attempt('teacher', () => lookUpModel(named, options.hub)));
  const tokenMisfit = model && teacher && vocabularyMisfit(model, teacher);
  if (typeof tokenMisfit === 'string') errors.push(at(sweep, 'teacher', tokenMisfit));
  const tasks = new Map<string, TaskFacts>();
  const warnings: SweepFileWarning[] = [];
  for (const [name, path] of tasksOf(sweep)) {
    const found = await attempt(path, () => lookUpTask(name, sweep, options));
    if (found === undefined) continue;
    tasks.set(name, found.facts);
    const info = findTask(name);
    for (const [place, looked] of Object.entries({ model, teacher })) {
      const misfit = info && looked && labelMisfit(looked.labels, info);
      if (typeof misfit === 'string') errors.push(at(sweep, place, misfit));
    }
    for (const message of found.warnings) warnings.push(at(sweep, path, message));
  }
  if (errors.length > 0 || model === undefined || teacher === undefined) throw new SweepFileProblems(errors);
  return { model, teacher, tasks, warnings };
}

/** Every task that a run of the sweep may have, and where the file names it. */
function tasksOf(sweep: SweepFile): Map<string, string> {
  const tasks = new Map<string, string>();
  for (const { name, space } of [...sweep.parameters, ...sweep.runs.flat()]) {
    if (name !== 'task' || space.kind !== 'values') continue;
    for (const [i, value] of space.values.entries()) {
      if (!tasks.has(String(value))) tasks.set(String(value), space.paths[i] ?? 'parameters.task');
    }
  }
  return tasks;
}

async function lookUpModel(model: ModelSpec, hub: Hub): Promise<ModelFacts> {
  const { tokenizer, vocabulary, weights } = embeddedModel;
  switch (model.source) {
    case 'embedded':
      return {
        config: { ...model, fingerprint: weights },
        shape: statedShape(model),
        labels: null,
        classes: 0,
        tokenizer,
        vocabulary,
      };
    case 'random':
      return { config: model, shape: statedShape(model), labels: null, classes: 0, tokenizer, vocabulary };
    case 'directory':
      return withNamedLabels(await fingerprintModelDirectory(model.path), model.labels);
    case 'hub':
      return withNamedLabels(await resolveModel(model.name, model.revision, hub), model.labels);
    default:
      model satisfies never;
      throw new Error('unreachable model source');
  }
}

type TaskLook = { readonly facts: TaskFacts; readonly warnings: readonly string[] };

async function lookUpTask(name: string, sweep: SweepFile, options: LookUpOptions): Promise<TaskLook> {
  const task = findTask(name);
  if (task === undefined) throw new Error(`unknown task ${name} in a checked sweep`);
  if (task.family === 'embedded') {
    return { facts: { source: { kind: 'embedded' }, fingerprint: embeddedSets[name] ?? '' }, warnings: [] };
  }
  const directory = sweep.data.path ?? options.glueDir;
  const { source } = sweep.data;
  if (source === 'hub' || (source === null && directory === null)) {
    const commit = await resolveDataset(glueOnHub, 'main', options.hub);
    return { facts: { source: { kind: 'hub', name: glueOnHub, commit }, fingerprint: commit }, warnings: [] };
  }
  if (directory === null) {
    throw new FactsError(
      `Task "${name}" comes from a GLUE directory, and none is known: give data.path, --glue-dir, or LAYERSWEEP_GLUE_DIR`,
    );
  }
  return lookAtGlue(task, directory);
}
