import type { Failure } from '../store/journal-events.ts';

/**
 * A stage's state in one sweep. `succeeded`, `failed`, `blocked` and `ended` end this run's work on it;
 * `following`: an attempt runs that another orchestrator started.
 */
export type StageState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'running'; readonly attempt: number }
  | { readonly kind: 'following'; readonly attempt: number }
  | { readonly kind: 'backing-off'; readonly failure: Failure }
  | { readonly kind: 'succeeded' }
  | {
      readonly kind: 'failed';
      readonly attempt: number;
      readonly failure: Failure;
    }
  | { readonly kind: 'blocked'; readonly by: string }
  | { readonly kind: 'ended' };

export type StateEvent =
  | { readonly kind: 'started'; readonly attempt: number }
  | { readonly kind: 'found-running'; readonly attempt: number }
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed-for-now'; readonly failure: Failure }
  | {
      readonly kind: 'failed';
      readonly attempt: number;
      readonly failure: Failure;
    }
  | { readonly kind: 'released' }
  | { readonly kind: 'input-failed'; readonly by: string }
  | { readonly kind: 'asked-again' }
  | { readonly kind: 'ended' };

export type StateKind = StageState['kind'];

/** From which states each event may come: the one table of the state machine. */
const sources: Readonly<Record<StateEvent['kind'], readonly StateKind[]>> = {
  started: ['waiting'],
  'found-running': ['waiting', 'running'],
  succeeded: ['waiting', 'running', 'following'],
  'failed-for-now': ['running', 'following'],
  failed: ['waiting', 'running', 'following'],
  // Back to waiting: its delay is over, or another orchestrator's attempt came to nothing, or a finished one was damaged.
  released: ['backing-off', 'following', 'running', 'succeeded'],
  'input-failed': ['waiting', 'backing-off'],
  'asked-again': ['failed', 'blocked'],
  ended: ['running', 'following', 'backing-off'],
};

export function transition(state: StageState, event: StateEvent): StageState {
  if (!sources[event.kind].includes(state.kind)) {
    throw new Error(`Expected no \`${event.kind}\` of a stage that is ${state.kind}`);
  }
  switch (event.kind) {
    case 'started':
      return { kind: 'running', attempt: event.attempt };
    case 'found-running':
      return { kind: 'following', attempt: event.attempt };
    case 'succeeded':
      return { kind: 'succeeded' };
    case 'failed-for-now':
      return { kind: 'backing-off', failure: event.failure };
    case 'failed':
      return { kind: 'failed', attempt: event.attempt, failure: event.failure };
    case 'released':
    case 'asked-again':
      return { kind: 'waiting' };
    case 'input-failed':
      return { kind: 'blocked', by: event.by };
    case 'ended':
      return { kind: 'ended' };
    default:
      event satisfies never;
      throw new Error('unreachable event');
  }
}
