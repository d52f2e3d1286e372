import { builtinStage } from '../scheduler/builtin-stage.ts';
import type { StageSpec } from '../scheduler/stage-spec.ts';
import {
  formatSweepErrors,
  hubFromEnvironment,
  lookUpFacts,
  parseSweepFile,
  planSweep,
  SweepFileProblems,
  type SweepPlan,
} from '../sweep/index.ts';
import { CommandError } from './command-error.ts';
import type { LoadedSweep, LoadOptions, SweepSource } from './loaded-sweep.ts';
import { missingCompiler } from './missing-compiler.ts';
import { emitInto } from './modules.ts';
import { embeddedDataDir, environment, findPython, projectDir, pythonPath } from './project.ts';

/** A sweep of the built-in training backend. */
export async function loadBuiltinSweep(source: SweepSource, options: LoadOptions): Promise<LoadedSweep> {
  const { file, text, device, gpuMemoryMiB } = source;
  const parsed = parseSweepFile(text, file);
  if (!parsed.ok) throw new SweepFileProblems(parsed.errors);
  const { sweep } = parsed;
  const glueDir = options.glueDir ?? process.env.LAYERSWEEP_GLUE_DIR ?? null;
  const facts = await lookUpFacts(sweep, { glueDir, hub: hubFromEnvironment(process.env) });
  const plan = planSweep(sweep, {
    ...{ device, gpuMemoryMiB, missingCompiler: missingCompiler(process.env) },
    ...facts,
    moduleFor: emitInto(options.results),
  });
  const { threads, slots } = sweep.resources;
  return {
    name: plan.name,
    device,
    threads,
    slots,
    runs: plan.runs,
    stages: plan.stages.map(({ key, label, work }) => ({ key, label, kind: work.stage })),
    specs: (rankOf) => builtinSpecs(plan, rankOf),
    resolved: {
      schemaVersion: 1,
      name: plan.name,
      file,
      text,
      device,
      threads,
      glueDir,
      runs: [...plan.runs],
      stages: plan.stages.map(({ key, label, work, inputs }) => ({
        key,
        label,
        stage: work.stage,
        inputs: { ...inputs },
      })),
    },
    warnings: formatSweepErrors([...parsed.warnings, ...facts.warnings]),
    secrets: [],
    plan,
  };
}

function builtinSpecs(plan: SweepPlan, rankOf: (key: string) => number): StageSpec[] {
  const dataDir = embeddedDataDir();
  if (dataDir === null && plan.stages.some(({ work }) => work.config.task.source.kind === 'embedded')) {
    throw new CommandError('The embedded data are not set up. Fetch them: npm run setup');
  }
  const options = { python: findPython(), pythonPath, embeddedDataDir: dataDir, cwd: projectDir, env: environment() };
  return plan.stages.map((stage) => builtinStage(stage, rankOf(stage.key), options));
}
