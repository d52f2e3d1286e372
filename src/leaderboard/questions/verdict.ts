import { pairsNeeded, plannedLevel } from '../statistics/power.ts';
import { smallestSignFlipP } from '../statistics/sign-flip.ts';
import { type Cell, metricOf } from './pairing.ts';
import type { Verdict } from './question.ts';

export type Evidence = {
  readonly differences: readonly number[];
  readonly effect: number;
  readonly deviation: number | null;
  readonly test: 'sign-flip' | 't';
  readonly pHolm: number | null;
  readonly equivalencePHolm: number | null;
  readonly family: number;
};

/** Runs that are finished without the number that is asked for will never have it; null where there are none. */
export function unmeasuredVerdict({ pairs }: Cell, metric: string): Verdict | null {
  const outcomes = pairs.flatMap(({ groups }) =>
    groups.flatMap((group) => [...group.values()].flat()).flatMap(({ outcome }) => outcome ?? []),
  );
  const without = outcomes.filter((outcome) => metricOf(outcome, metric) === null);
  if (without.length === 0) return null;
  const known = [...new Set(without.flatMap(({ metrics }) => Object.keys(metrics)))].sort().join(', ');
  const reason = `${without.length} of ${outcomes.length} finished runs have no \`${metric}\`; measured on the task: ${known}`;
  return { kind: 'cannot-answer', reason };
}

/** No verdict is given before every declared seed is in; null where all are. */
export function pendingVerdict({ pairs }: Cell): Verdict | null {
  const finished = pairs.filter(({ state }) => state === 'complete').length;
  if (finished === pairs.length) return null;
  return {
    kind: 'pending',
    finished,
    declared: pairs.length,
    failed: pairs.filter(({ state }) => state === 'failed').length,
  };
}

/** What may be said of the first group against the second; larger is better unless `goal` says otherwise. */
export function verdictOf(evidence: Evidence, margin: number, goal: 'maximize' | 'minimize'): Verdict {
  const { alpha } = plannedLevel;
  const { differences, deviation, family, effect } = evidence;
  const n = differences.length;
  // Integrals, and large boards have thousands of cells: only where it is told.
  const needed = () => pairsNeeded(margin, deviation, family);
  if (n < 2) return { kind: 'not-enough-seeds', needed: needed(), reason: 'one-pair' };
  if (evidence.test === 'sign-flip' && family * smallestSignFlipP(n) > alpha) {
    return { kind: 'not-enough-seeds', needed: needed(), reason: 'unreachable' };
  }
  if (deviation === 0) return { kind: 'constant', withinMargin: Math.abs(effect) <= margin };
  const equivalent = evidence.equivalencePHolm !== null && evidence.equivalencePHolm <= alpha;
  if (evidence.pHolm !== null && evidence.pHolm <= alpha) {
    const better = goal === 'maximize' ? effect > 0 : effect < 0;
    return { kind: better ? 'better' : 'worse', small: equivalent };
  }
  if (equivalent) return { kind: 'no-difference' };
  const pairs = needed();
  return { kind: 'not-enough-seeds', needed: pairs === null ? null : Math.max(pairs, n + 1), reason: 'spread' };
}
