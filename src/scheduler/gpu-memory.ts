import type { GpuProcess } from '../executor/nvidia-smi.ts';
import { processStat } from '../store/identity.ts';
import type { JournalEvent } from '../store/journal-events.ts';
import { attemptDirOf } from '../store/marked-processes.ts';
import type { StageKind, StageSpec } from './stage-spec.ts';

/** What is known of the memory of GPUs: who holds how much now, and how much each kind of stage takes. */
export type GpuMemory = {
  /** Held on a device by processes that are no attempt of any sweep. */
  readonly foreignMiB: (device: string) => number;
  /** What a stage must be given of each of its GPUs; null: nobody has said, and none was seen yet. */
  readonly needOf: (spec: Pick<StageSpec, 'kind' | 'memoryMiB'>) => number | null;
  /** Looks at the processes on the GPUs; true where others hold another amount than before. */
  readonly look: () => Promise<boolean>;
  /** Notes that a stage of this kind took, or ran out of, so much; true where that is news worth keeping. */
  readonly learn: (kind: StageKind, memoryMiB: number) => boolean;
  /** The most that an attempt was seen to hold of one GPU. */
  readonly peakOf: (attemptDir: string) => number | undefined;
};

/** Differences below this are those of a run to the next. */
const newsworthy = 1.02;

export function createGpuMemory(
  listProcesses: () => Promise<readonly GpuProcess[]>,
  events: readonly JournalEvent[],
): GpuMemory {
  const learned = new Map<string, number>();
  for (const event of events) if (event.event === 'memory-learned') learned.set(event.kind, event.memoryMiB);
  const peaks = new Map<string, number>();
  let foreign = new Map<string, number>();

  return {
    foreignMiB: (device) => foreign.get(device) ?? 0,
    needOf: ({ kind, memoryMiB }) => {
      const known = learned.get(kind);
      return memoryMiB === null && known === undefined ? null : Math.max(memoryMiB ?? 0, known ?? 0);
    },
    look: async () => {
      const before = foreign;
      const { ofAttempts, ofOthers } = sortProcesses(await listProcesses());
      foreign = ofOthers;
      for (const [attemptDir, memory] of ofAttempts) {
        peaks.set(attemptDir, Math.max(peaks.get(attemptDir) ?? 0, memory));
      }
      return foreign.size !== before.size || [...foreign].some(([device, memory]) => before.get(device) !== memory);
    },
    learn: (kind, memoryMiB) => {
      if (memoryMiB <= (learned.get(kind) ?? 0) * newsworthy) return false;
      learned.set(kind, memoryMiB);
      return true;
    },
    peakOf: (attemptDir) => peaks.get(attemptDir),
  };
}

/** By attempt the most on one GPU, and by GPU the sum of all others. */
function sortProcesses(processes: readonly GpuProcess[]): {
  ofAttempts: Map<string, number>;
  ofOthers: Map<string, number>;
} {
  const perGpu = new Map<string, Map<string, number>>();
  const ofOthers = new Map<string, number>();
  for (const { gpu, pid, memoryMiB } of processes) {
    // From inside a container nvidia-smi may show pids of the host: nobody can tell whose these are.
    if (processStat(pid) === undefined) continue;
    const attemptDir = attemptDirOf(pid);
    if (attemptDir === undefined) {
      ofOthers.set(gpu, (ofOthers.get(gpu) ?? 0) + memoryMiB);
      continue;
    }
    const held = perGpu.get(attemptDir) ?? new Map<string, number>();
    perGpu.set(attemptDir, held.set(gpu, (held.get(gpu) ?? 0) + memoryMiB));
  }
  return { ofAttempts: new Map([...perGpu].map(([dir, held]) => [dir, Math.max(...held.values())])), ofOthers };
}
