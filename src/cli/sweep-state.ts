import { z } from 'zod';
import { replay, type StageMemory } from '../scheduler/memory.ts';
import type { Snapshot } from '../scheduler/snapshot.ts';
import { readFileIfAny } from '../store/atomic-file.ts';
import { type AttemptState, lastAttempt } from '../store/claim.ts';
import type { Identity } from '../store/identity.ts';
import { readJournal } from '../store/journal.ts';
import { stageDirOf, sweepPaths } from '../store/paths.ts';
import { type ResolvedSweep, sweepHolder } from '../store/sweep-folder.ts';

export type StageStatus = {
  readonly key: string;
  readonly label: string;
  readonly state: 'finished' | 'failed' | 'running' | 'waiting';
  readonly attempts: number;
  readonly seconds: number | undefined;
  readonly message: string | undefined;
  readonly waitsFor: string | undefined;
};

export type SweepState = {
  readonly holder: Identity | undefined;
  readonly stages: readonly StageStatus[];
  /** Of the process that runs it, where there is one. */
  readonly snapshot: Snapshot | undefined;
};

/** How a sweep stands, from its journal, the claims of its stages, and what its orchestrator says if it lives. */
export function sweepState(resultsDir: string, sweep: ResolvedSweep): SweepState {
  const holder = sweepHolder(resultsDir, sweep.name);
  const paths = sweepPaths(resultsDir, sweep.name);
  const memory = replay(readJournal(paths.journal));
  const snapshot = holder ? readSnapshot(paths.status) : undefined;
  const waits = new Map(snapshot?.waiting.map(({ key, waitsFor }) => [key, waitsFor]));
  const stages = sweep.stages.map(({ key, label }): StageStatus => {
    const known = memory.get(key);
    const last = known?.succeeded ? undefined : lastAttempt(stageDirOf(resultsDir, key));
    return {
      key,
      label,
      state: stateOf(known, last),
      attempts: known?.attempts.size ?? 0,
      seconds: known?.succeeded?.seconds,
      message: known?.failed?.failure.message,
      waitsFor: waits.get(key),
    };
  });
  return { holder, stages, snapshot };
}

function stateOf(memory: StageMemory | undefined, last: AttemptState | undefined): StageStatus['state'] {
  if (memory?.succeeded) return 'finished';
  if (last?.kind === 'live' || last?.kind === 'elsewhere') return 'running';
  return memory?.failed ? 'failed' : 'waiting';
}

/** Written by the same version of this program, a moment ago. */
const snapshotSchema = z.custom<Snapshot>((value) => typeof value === 'object' && value !== null && 'waiting' in value);

function readSnapshot(path: string): Snapshot | undefined {
  try {
    return snapshotSchema.parse(JSON.parse(readFileIfAny(path) ?? 'null'));
  } catch {
    return undefined;
  }
}
