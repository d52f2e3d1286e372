import { hostname } from 'node:os';
import { type Device, findDevices } from '../executor/devices.ts';
import { defaultLeaseDir, openLeaseTable } from '../executor/leases.ts';
import { listGpuProcesses } from '../executor/nvidia-smi.ts';
import { collectProvenance } from '../executor/provenance.ts';
import type { EngineEvent } from '../scheduler/context.ts';
import { type Engine, startEngine } from '../scheduler/engine.ts';
import { createGpuMemory } from '../scheduler/gpu-memory.ts';
import { replay, type StageMemory } from '../scheduler/memory.ts';
import type { StageSpec } from '../scheduler/stage-spec.ts';
import { type Journal, openJournal, readJournal } from '../store/journal.ts';
import { joinSecrets, secretsIn } from '../store/secrets.ts';
import { openSweepFolder } from '../store/sweep-folder.ts';
import { CommandError } from './command-error.ts';
import type { LoadedSweep } from './loaded-sweep.ts';
import { projectDir } from './project.ts';

export type SessionOptions = {
  readonly sweep: LoadedSweep;
  readonly resultsDir: string;
  readonly slots: number | undefined;
  /** Starts failed stages anew. */
  readonly retryFailed: boolean;
  readonly onEvent: (event: EngineEvent) => void;
};

export type Session = {
  readonly engine: Engine;
  readonly specs: readonly StageSpec[];
  readonly memory: ReadonlyMap<string, StageMemory>;
  /** Closes the journal and gives the folder back. */
  readonly close: () => Promise<void>;
};

/** Takes the sweep's folder and starts its engine; `beforeStart` runs under the lock, and may refuse. */
export async function openSession(options: SessionOptions, beforeStart: () => void): Promise<Session> {
  const { sweep, resultsDir } = options;
  const specs = sweep.specs(rankBy(sweep.runs));
  const slots = options.slots ?? sweep.slots ?? undefined;
  const devices = await devicesFor(sweep, specs, slots);
  const leases = openLeaseTable(defaultLeaseDir(process.env), sweep.name);
  const provenance = await collectProvenance(projectDir, devices, process.env);
  const folder = openSweepFolder(resultsDir, sweep.name);
  try {
    beforeStart();
    const journal = openJournal(folder.paths.journal);
    if (options.retryFailed) askAgain(journal, replay(readJournal(folder.paths.journal)));
    const events = readJournal(folder.paths.journal);
    const memory = replay(events);
    const gpuMemory = createGpuMemory(() => listGpuProcesses(process.env), events);
    journal.append({ event: 'opened', pid: process.pid, host: hostname() });
    const engine = startEngine({
      specs,
      resultsDir,
      journal,
      memory,
      devices,
      slots,
      leases,
      gpuMemory,
      secrets: joinSecrets([secretsIn(process.env), sweep.secrets]),
      provenance,
      onEvent: options.onEvent,
    });
    return {
      engine,
      specs,
      memory,
      close: async () => {
        try {
          journal.append({
            event: 'closed',
            reason: engine.snapshot().stopReason ?? 'done',
          });
          await journal.close();
        } finally {
          folder.lock.release();
        }
      },
    };
  } catch (error) {
    folder.lock.release();
    throw error;
  }
}

function askAgain(journal: Journal, memory: ReadonlyMap<string, StageMemory>): void {
  for (const [key, { failed }] of memory) if (failed) journal.append({ event: 'retry-asked', key });
}

/** Whole runs are finished one after the other: stages rank in the order of the runs that need them. */
function rankBy(runs: LoadedSweep['runs']): (key: string) => number {
  const ranks = new Map<string, number>();
  for (const key of runs.flatMap(({ stageKeys }) => stageKeys)) {
    if (!ranks.has(key)) ranks.set(key, ranks.size);
  }
  return (key) => ranks.get(key) ?? ranks.size;
}

async function devicesFor(
  { device, threads }: LoadedSweep,
  specs: readonly StageSpec[],
  slots: number | undefined,
): Promise<Device[]> {
  const devices = await findDevices({ kind: device, slots, threads, env: process.env });
  if (devices.length === 0) {
    throw new CommandError(
      'The sweep asks for GPUs, and none is visible here (nvidia-smi lists none, or CUDA_VISIBLE_DEVICES hides them). Run it on the CPU: --device cpu',
    );
  }
  const most = specs.reduce((gpus, spec) => Math.max(gpus, spec.gpus), 0);
  if (device === 'cuda' && slots !== undefined && slots < most) {
    throw new CommandError(`--slots: expected at least ${most}, the GPUs of a run, got ${slots}: no run could start`);
  }
  return devices;
}
