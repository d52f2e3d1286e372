import type { Adjustment, Failure, FailureKind } from '../store/journal-events.ts';

export type Decision =
  | {
      readonly action: 'retry';
      readonly delayMs: number;
      readonly adjustment: Adjustment;
    }
  | { readonly action: 'fail' }
  /** Nothing is wrong with the stage: no other would fare better now. */
  | { readonly action: 'stop-sweep' };

export type FailedAttempt = {
  readonly failure: Failure;
  readonly seconds: number;
};

export type PolicyContext = {
  /** All failed attempts since the stage was last asked for, the latest at the end. */
  readonly history: readonly FailedAttempt[];
  readonly adjustment: Adjustment;
  /** Whether other runs may have shared its device. */
  readonly shared: boolean;
  readonly canAccumulate: (factor: number) => boolean;
};

const maxPreemptions = 100;
const maxRetries = 3;
const maxAccumulationFactor = 8;
/** An attempt of this length got past its start, so its failure need not come again. */
const longAttemptSeconds = 60;

/** What to do after a failed attempt, by the kind of its failure. */
export function decide({ history, adjustment, shared, canAccumulate }: PolicyContext): Decision {
  const latest = history.at(-1);
  if (!latest) throw new Error('Expected a failed attempt');
  const { kind } = latest.failure;
  const before = history.filter((past) => past.failure.kind === kind).length - 1;
  switch (kind) {
    case 'preempted':
      return before < maxPreemptions ? { action: 'retry', delayMs: 0, adjustment } : { action: 'fail' };
    case 'killed':
    case 'signal':
    case 'device-lost':
    case 'no-heartbeat':
      return before < maxRetries ? { action: 'retry', delayMs: backoffMs(before), adjustment } : { action: 'fail' };
    case 'timeout':
      return before < 1 ? { action: 'retry', delayMs: 0, adjustment } : { action: 'fail' };
    case 'could-not-start':
      // 126 and 127 say that the program is not there, which trying again does not mend.
      return latest.failure.exitCode === null && before < maxRetries
        ? { action: 'retry', delayMs: backoffMs(before), adjustment }
        : { action: 'fail' };
    case 'exit':
      return latest.seconds >= longAttemptSeconds && before < 1
        ? { action: 'retry', delayMs: backoffMs(before), adjustment }
        : { action: 'fail' };
    case 'out-of-memory':
      return afterOutOfMemory(adjustment, shared, canAccumulate);
    case 'disk-full':
      return { action: 'stop-sweep' };
    case 'non-finite':
    case 'bad-request':
    case 'bad-result':
      return { action: 'fail' };
    default:
      kind satisfies never;
      throw new Error('unreachable kind');
  }
}

function afterOutOfMemory(
  adjustment: Adjustment,
  shared: boolean,
  canAccumulate: PolicyContext['canAccumulate'],
): Decision {
  if (shared && !adjustment.aloneOnDevice) {
    return {
      action: 'retry',
      delayMs: 0,
      adjustment: { ...adjustment, aloneOnDevice: true },
    };
  }
  const accumulationFactor = adjustment.accumulationFactor * 2;
  if (accumulationFactor > maxAccumulationFactor || !canAccumulate(accumulationFactor)) return { action: 'fail' };
  return {
    action: 'retry',
    delayMs: 0,
    adjustment: { ...adjustment, accumulationFactor },
  };
}

function backoffMs(before: number): number {
  return 1000 * 4 ** before;
}

const breakerWindowMs = 60_000;
const breakerCount = 3;

/** The kind that failed three stages within the sweep's first minute: most likely it would fail them all. */
export function brokenBy(
  failures: readonly { readonly kind: FailureKind; readonly atMs: number }[],
  startedMs: number,
): FailureKind | undefined {
  const counts = new Map<FailureKind, number>();
  for (const { kind, atMs } of failures) {
    if (atMs - startedMs > breakerWindowMs) continue;
    const count = (counts.get(kind) ?? 0) + 1;
    if (count >= breakerCount) return kind;
    counts.set(kind, count);
  }
  return undefined;
}
