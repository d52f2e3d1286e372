import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { PatchError } from '../patch/index.ts';
import { cofiStage } from '../scheduler/cofi-stage.ts';
import type { StageSpec } from '../scheduler/stage-spec.ts';
import {
  type CofiModels,
  type CofiStage,
  type CofiSweep,
  findCofiProblems,
  formatSweepErrors,
  lookUpCofiModels,
  parseCofiSweep,
  planCofiSweep,
  SweepFileProblems,
  sweepProblem,
} from '../sweep/index.ts';
import { type Sources, writeSources } from '../upstream/sources.ts';
import { type Checkout, readCheckout, sourcesWith } from './cofi-checkout.ts';
import { type CofiPython, lookUpCofiPython } from './cofi-python.ts';
import type { LoadedSweep, LoadOptions, SweepSource } from './loaded-sweep.ts';
import { environment, findPython, mainFile, projectDir, pythonPath } from './project.ts';

/** A sweep of upstream's own program, in a user's checkout and Python. */
export async function loadCofiSweep(source: SweepSource, options: LoadOptions): Promise<LoadedSweep> {
  const { file, text, device } = source;
  const parsed = parseCofiSweep(text, file);
  if (!parsed.ok) throw new SweepFileProblems(parsed.errors);
  const { sweep } = parsed;
  const folder = dirname(file);
  const checkout = checkoutOf(sweep, folder);
  const problems = findCofiProblems(sweep, checkout.defects);
  if (problems.length > 0) throw new SweepFileProblems(problems);
  const models = await lookUpCofiModels(sweep, folder);
  const python = await lookUpCofiPython(sweep, folder, checkout);
  const versions = new Map<string, Sources>();
  const plan = planCofiSweep(sweep, {
    device,
    packages: python.packages,
    model: models.model,
    teachers: new Map([...models.teachers].map(([task, { fingerprint }]) => [task, fingerprint])),
    sourcesFor: (strategy, name) => {
      const { sources, sha256 } = sourcesWith(checkout, strategy, name);
      versions.set(sha256, sources);
      return sha256;
    },
  });
  const { threads, slots } = sweep.resources;
  const setting: Setting = { sweep, checkout, models, python, versions, device, results: options.results };
  return {
    name: plan.name,
    device,
    threads,
    slots,
    runs: plan.runs,
    stages: plan.stages.map(({ key, label, kind }) => ({ key, label, kind })),
    specs: (rankOf) => cofiSpecs(plan.stages, rankOf, setting),
    resolved: {
      ...{ schemaVersion: 1, name: plan.name, file, text, device, threads, glueDir: null },
      runs: [...plan.runs],
      stages: plan.stages.map(({ key, label, kind, inputs }) => ({ key, label, stage: kind, inputs: { ...inputs } })),
    },
    warnings: formatSweepErrors(parsed.warnings),
    secrets: [],
    plan: undefined,
    materialOf: (key) => plan.stages.find((stage) => stage.key === key)?.material,
  };
}

function checkoutOf(sweep: CofiSweep, folder: string): Checkout {
  try {
    return readCheckout(resolve(folder, sweep.checkout));
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    throw sweepProblem(sweep, 'checkout', error.message);
  }
}

type Setting = {
  readonly sweep: CofiSweep;
  readonly checkout: Checkout;
  readonly models: CofiModels;
  readonly python: CofiPython;
  /** By their hash. */
  readonly versions: ReadonlyMap<string, Sources>;
  readonly device: 'cpu' | 'cuda';
  readonly results: string;
};

/** Stages run in copies, one for each version of the sources: never in the user's checkout, which they would fight over. */
function cofiSpecs(
  stages: readonly CofiStage[],
  rankOf: (key: string) => number,
  { sweep, checkout, models, python, versions, device, results }: Setting,
): StageSpec[] {
  const { model, teachers } = models;
  const sourcesDir = (sources: string) => join(results, 'stages', '.checkouts', sources.slice(0, 16));
  for (const [sha256, sources] of versions) {
    const dir = sourcesDir(sha256);
    mkdirSync(dirname(dir), { recursive: true });
    writeSources(sources, dir);
    const folders = [...(model.isDirectory ? [model.name] : []), ...[...teachers.values()].map(({ path }) => path)];
    for (const path of folders) link(path, join(dir, linkName(path)));
  }
  const nameOf = (path: string) => (model.isBert ? linkName(path) : path);
  const student = model.isDirectory ? nameOf(model.name) : model.name;
  const teacherOf = (task: string) => teachers.get(task)?.path ?? '';
  const options = {
    driver: { file: process.execPath, args: ['--disable-warning=ExperimentalWarning', mainFile, 'upstream-stage'] },
    ...{ env: environment(), cwd: projectDir, threads: sweep.resources.threads },
    ...{ python: python.command, ownPython: findPython(), pythonPath, sourcesDir, teacherOf },
    provenance: { checkout: checkout.label, packages: { ...python.packages }, device },
    modelArguments: ({ studentStart, task }: CofiStage) =>
      studentStart === 'teacher'
        ? ['--model_name_or_path', nameOf(teacherOf(task)), '--tokenizer_name', student]
        : ['--model_name_or_path', student, ...(model.revision === null ? [] : ['--model_revision', model.revision])],
  };
  return stages.map((stage) => cofiStage(stage, rankOf(stage.key), options));
}

/** Upstream takes a model for BERT where its path begins with "bert", and for RoBERTa otherwise. */
function linkName(path: string): string {
  return `bert-${createHash('sha256').update(path).digest('hex').slice(0, 8)}`;
}

function link(target: string, path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) symlinkSync(target, path);
}
