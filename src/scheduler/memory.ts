import type { ResultRecord } from '../store/finished.ts';
import type { Adjustment, Failure, JournalEvent } from '../store/journal-events.ts';
import type { FailedAttempt } from './policy.ts';
import { noAdjustment } from './stage-spec.ts';

/** What a sweep's journal says of one stage. */
export type StageMemory = {
  history: FailedAttempt[];
  adjustment: Adjustment;
  succeeded: (ResultRecord & { readonly attempt: number; readonly seconds: number }) | undefined;
  /** Its files were found damaged, and no later attempt has succeeded. */
  damagedAttempt: number | undefined;
  failed: { readonly attempt: number; readonly failure: Failure } | undefined;
  /** Attempts that this sweep has started or followed; others' do not count against it. */
  attempts: readonly number[];
  /** Those of them whose end is in the journal. Lists, not sets: they are short, and there is one for each of many stages. */
  settled: readonly number[];
};

const none: readonly number[] = [];

export function emptyMemory(): StageMemory {
  return {
    history: [],
    adjustment: noAdjustment,
    succeeded: undefined,
    damagedAttempt: undefined,
    failed: undefined,
    attempts: none,
    settled: none,
  };
}

/** Notes that an attempt runs. A number comes again where the stage's folder was removed. */
export function noteAttempt(memory: StageMemory, attempt: number): void {
  memory.settled = without(memory.settled, attempt);
  memory.attempts = [...without(memory.attempts, attempt), attempt];
}

export function noteEnd(memory: StageMemory, attempt: number): void {
  memory.settled = [...without(memory.settled, attempt), attempt];
}

function without(attempts: readonly number[], attempt: number): readonly number[] {
  return attempts.includes(attempt) ? attempts.filter((other) => other !== attempt) : attempts;
}

/** Folds a journal into what is known of each stage. */
export function replay(events: readonly JournalEvent[]): Map<string, StageMemory> {
  const stages = new Map<string, StageMemory>();
  for (const event of events) {
    if (!('key' in event)) continue;
    let memory = stages.get(event.key);
    if (!memory) {
      memory = emptyMemory();
      stages.set(event.key, memory);
    }
    apply(memory, event);
  }
  return stages;
}

function apply(memory: StageMemory, event: Extract<JournalEvent, { key: string }>): void {
  switch (event.event) {
    case 'stage-started':
      noteAttempt(memory, event.attempt);
      if (memory.damagedAttempt === event.attempt) memory.damagedAttempt = undefined;
      memory.adjustment = event.adjustment;
      memory.failed = undefined;
      return;
    case 'stage-adopted':
      if (!memory.attempts.includes(event.attempt)) memory.attempts = [...memory.attempts, event.attempt];
      memory.failed = undefined;
      return;
    case 'stage-succeeded':
      memory.succeeded = event;
      memory.damagedAttempt = undefined;
      noteEnd(memory, event.attempt);
      memory.failed = undefined;
      return;
    case 'attempt-failed':
      memory.history.push(event);
      noteEnd(memory, event.attempt);
      return;
    case 'stage-failed':
      memory.failed = event;
      return;
    case 'stage-ended':
      noteEnd(memory, event.attempt);
      return;
    case 'stage-damaged':
      memory.damagedAttempt = event.attempt ?? memory.succeeded?.attempt;
      memory.succeeded = undefined;
      return;
    case 'retry-asked':
      memory.failed = undefined;
      memory.history = [];
      memory.adjustment = noAdjustment;
      return;
    default:
      event satisfies never;
  }
}
