import { readFileSync } from 'node:fs';
import { visibleGpus } from '../executor/devices.ts';
import { listGpus } from '../executor/nvidia-smi.ts';
import { errorCode } from '../store/atomic-file.ts';
import type { ResolvedSweep } from '../store/sweep-folder.ts';
import {
  formatSweepErrors,
  hubFromEnvironment,
  lookUpFacts,
  parseSweepFile,
  planSweep,
  type SweepFile,
  SweepFileProblems,
  type SweepPlan,
} from '../sweep/index.ts';
import { CommandError } from './command-error.ts';
import { emitInto } from './modules.ts';

export type LoadOptions = {
  readonly results: string;
  readonly glueDir?: string;
  readonly device?: 'cpu' | 'cuda';
};

export type LoadedSweep = {
  readonly sweep: SweepFile;
  readonly plan: SweepPlan;
  readonly resolved: ResolvedSweep;
  readonly warnings: string;
};

/** From a sweep file to its plan: reads the file, looks at model, data and machine, and starts nothing. */
export async function loadSweep(file: string, options: LoadOptions): Promise<LoadedSweep> {
  const text = readSweepFile(file);
  const parsed = parseSweepFile(text, file);
  if (!parsed.ok) throw new SweepFileProblems(parsed.errors);
  const { sweep } = parsed;
  const gpuCount = visibleGpus(await listGpus(process.env), process.env.CUDA_VISIBLE_DEVICES).length;
  const device = options.device ?? (gpuCount > 0 ? 'cuda' : 'cpu');
  const glueDir = options.glueDir ?? process.env.LAYERSWEEP_GLUE_DIR;
  const facts = await lookUpFacts(sweep, { glueDir: glueDir ?? null, hub: hubFromEnvironment(process.env) });
  const plan = planSweep(sweep, { device, gpuCount, ...facts, moduleFor: emitInto(options.results) });
  return {
    sweep,
    plan,
    resolved: resolve(plan, { file, text, device, threads: sweep.resources.threads, glueDir }),
    warnings: formatSweepErrors(parsed.warnings),
  };
}

function resolve(
  plan: SweepPlan,
  facts: { file: string; text: string; device: 'cpu' | 'cuda'; threads: number; glueDir: string | undefined },
): ResolvedSweep {
  const { glueDir = null, ...others } = facts;
  return {
    schemaVersion: 1,
    name: plan.name,
    ...others,
    glueDir,
    runs: plan.runs.map((run) => ({ ...run, parameters: { ...run.parameters }, stageKeys: [...run.stageKeys] })),
    stages: plan.stages.map(({ key, label, work, inputs }) => ({
      key,
      label,
      stage: work.stage,
      inputs: { ...inputs },
    })),
  };
}

function readSweepFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT')
      throw new CommandError(
        `${file}: expected a sweep file, found nothing there. Those that come along are in sweeps/`,
      );
    if (code === 'EISDIR') throw new CommandError(`${file}: expected a sweep file, found a folder`);
    throw error;
  }
}
