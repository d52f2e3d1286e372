import { align } from '../../strategy/reference/alignment/index.ts';
import type { Alignment } from '../../strategy/specification/alignment.ts';
import { agrees } from '../difference.ts';
import { type Case, type Verdict, weightDifference } from './judgement.ts';

/** Soft weights are compared one by one; `relativeError` is that of the arithmetic that made them. */
export function judgeSoft(
  alignment: Extract<Alignment, { kind: 'attention' | 'sinkhorn' }>,
  { problem, recorded }: Case,
  relativeError: number,
): Verdict {
  const expected = align(alignment, problem);
  const logError = relativeError * (1 + exponentSize(alignment, problem));
  for (const [row, weights] of expected.entries()) {
    for (const [column, weight] of weights.entries()) {
      const tolerance = problem.alive[column] === true ? weight * Math.expm1(logError) + relativeError : 0;
      const found = recorded[row]?.[column] as number;
      if (!agrees(found, weight, tolerance)) {
        return weightDifference([row, column], found, weight, 'a soft weight differs', tolerance);
      }
    }
  }
  return null;
}

// The greatest magnitude that an exponent is made of: its rounding error is relative to that.
function exponentSize(
  alignment: Extract<Alignment, { kind: 'attention' | 'sinkhorn' }>,
  problem: Case['problem'],
): number {
  const used = (alignment.kind === 'attention' ? (problem.scores ?? []) : problem.distances).flatMap((row) =>
    row.filter((_, column) => problem.alive[column] === true),
  );
  const greatest = used.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (alignment.kind === 'attention') return greatest;
  const mean = used.reduce((sum, value) => sum + value, 0) / Math.max(1, used.length);
  return mean === 0 ? 0 : greatest / mean / alignment.regularisation;
}
