import { replay, type StageMemory } from '../scheduler/memory.ts';
import { type Snapshot, snapshotSchema } from '../scheduler/snapshot.ts';
import { readFileIfAny } from '../store/atomic-file.ts';
import { type AttemptState, lastAttempt } from '../store/claim.ts';
import type { Identity } from '../store/identity.ts';
import { readJournal } from '../store/journal.ts';
import { stageDirOf, sweepPaths } from '../store/paths.ts';
import { type ResolvedSweep, sweepHolder } from '../store/sweep-folder.ts';
import { ownSeconds, secondsIn } from './stage-durations.ts';
import { type Durations, type TimeLeft, timeLeft } from './time-left.ts';

export type StageStatus = {
  readonly key: string;
  readonly label: string;
  readonly state: 'finished' | 'failed' | 'running' | 'waiting';
  readonly attempts: number;
  readonly seconds: number | undefined;
  readonly message: string | undefined;
  /** Of every waiting one. */
  waitsFor: string | undefined;
};

export type SweepState = {
  readonly holder: Identity | undefined;
  readonly stages: readonly StageStatus[];
  /** Of the process that runs it, where there is one. */
  readonly snapshot: Snapshot | undefined;
  /** While a process runs it, once all kinds of its stages were seen somewhere. */
  readonly timeLeft: TimeLeft | undefined;
};

/** How a sweep stands, from its journal, the claims of its stages, and what its orchestrator says if it lives. */
export function sweepState(
  resultsDir: string,
  sweep: ResolvedSweep,
  others: Durations['others'] = secondsIn(resultsDir),
): SweepState {
  const holder = sweepHolder(resultsDir, sweep.name);
  const paths = sweepPaths(resultsDir, sweep.name);
  const memory = replay(readJournal(paths.journal));
  const snapshot = holder ? readSnapshot(paths.status) : undefined;
  const stages = sweep.stages.map(({ key, label }): StageStatus => {
    const known = memory.get(key);
    const last = known?.succeeded ? undefined : lastAttempt(stageDirOf(resultsDir, key));
    return {
      key,
      label,
      state: stateOf(known, last),
      attempts: known?.attempts.length ?? 0,
      seconds: known?.succeeded?.seconds,
      message: known?.failed?.failure.message,
      waitsFor: undefined,
    };
  });
  sayWaits(stages, sweep, snapshot);
  const keys = sweep.stages.map(({ key }) => key);
  const left = snapshot && timeLeft(snapshot, { own: ownSeconds(keys, memory), others });
  return { holder, stages, snapshot, timeLeft: left };
}

/** The process that runs it says it of the first ones; of the others their inputs, and how many are before them. */
function sayWaits(stages: readonly StageStatus[], sweep: ResolvedSweep, snapshot: Snapshot | undefined): void {
  const said = new Map(snapshot?.waiting.map(({ key, waitsFor }) => [key, waitsFor]));
  const byKey = new Map(stages.map((stage) => [stage.key, stage]));
  let before = 0;
  for (const [index, stage] of stages.entries()) {
    if (stage.state !== 'waiting') continue;
    const missing = Object.values(sweep.stages[index]?.inputs ?? {})
      .map((key) => byKey.get(key))
      .filter((input) => input && input.state !== 'finished')
      .map((input) => (input?.state === 'failed' ? `${input.label}, which failed` : (input?.label ?? '')));
    stage.waitsFor =
      said.get(stage.key) ??
      (missing.length > 0 ? missing.join(', ') : snapshot ? `its turn, after ${before} others` : 'the next run');
    before += 1;
  }
}

function stateOf(memory: StageMemory | undefined, last: AttemptState | undefined): StageStatus['state'] {
  if (memory?.succeeded) return 'finished';
  if (last?.kind === 'live' || last?.kind === 'elsewhere') return 'running';
  return memory?.failed ? 'failed' : 'waiting';
}

export function readSnapshot(path: string): Snapshot | undefined {
  try {
    return snapshotSchema.parse(JSON.parse(readFileIfAny(path) ?? 'null'));
  } catch {
    return undefined;
  }
}
