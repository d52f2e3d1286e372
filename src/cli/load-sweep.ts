import { readFileSync } from 'node:fs';
import { visibleGpus } from '../executor/devices.ts';
import { listGpus } from '../executor/nvidia-smi.ts';
import type { StageKind, StageSpec } from '../scheduler/stage-spec.ts';
import { errorCode } from '../store/atomic-file.ts';
import type { ResolvedSweep } from '../store/sweep-folder.ts';
import { isCommandSweep, type SweepPlan } from '../sweep/index.ts';
import type { PlannedRun } from '../sweep/plan.ts';
import { CommandError } from './command-error.ts';
import { loadBuiltinSweep } from './load-builtin-sweep.ts';
import { loadCommandSweep } from './load-command-sweep.ts';

export type LoadOptions = {
  readonly results: string;
  readonly glueDir?: string;
  readonly device?: 'cpu' | 'cuda';
};

/** A sweep file's plan, whatever trains. */
export type LoadedSweep = {
  readonly name: string;
  readonly device: 'cpu' | 'cuda';
  readonly threads: number;
  /** Stages at a time on the CPU, where the file says. */
  readonly slots: number | null;
  readonly runs: readonly PlannedRun[];
  readonly stages: readonly {
    readonly key: string;
    readonly label: string;
    readonly kind: StageKind;
    readonly gpus: number;
  }[];
  /** Stages as the scheduler runs them; refuses where what runs them is missing. */
  readonly specs: (rankOf: (key: string) => number) => StageSpec[];
  readonly resolved: ResolvedSweep;
  readonly warnings: string;
  /** Of the built-in backend. */
  readonly plan: SweepPlan | undefined;
};

/** What a sweep file alone does not say. */
export type SweepSource = {
  readonly file: string;
  readonly text: string;
  readonly device: 'cpu' | 'cuda';
  readonly gpuCount: number;
};

/** From a sweep file to its plan: reads the file, looks at model, data and machine, and starts nothing. */
export async function loadSweep(file: string, options: LoadOptions): Promise<LoadedSweep> {
  const text = readSweepFile(file);
  const gpuCount = visibleGpus(await listGpus(process.env), process.env.CUDA_VISIBLE_DEVICES).length;
  const source: SweepSource = { file, text, gpuCount, device: options.device ?? (gpuCount > 0 ? 'cuda' : 'cpu') };
  return isCommandSweep(text) ? loadCommandSweep(source) : loadBuiltinSweep(source, options);
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
