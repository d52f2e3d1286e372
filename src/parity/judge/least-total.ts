import { align } from '../../strategy/reference/alignment/index.ts';
import { columnsAlive } from '../../strategy/reference/alignment/problem.ts';
import type { Alignment } from '../../strategy/specification/alignment.ts';
import { isAtMost } from '../difference.ts';
import { type Case, matchesOf, toleranceAt, type Verdict, weightDifference } from './judgement.ts';
import { totalDistance } from './ordered-greedy.ts';

/** A matching of least total distance: judged by its form and its total, since several can be best. */
export function judgeLeastTotal(
  alignment: Extract<Alignment, { kind: 'monotone' | 'one-to-one' }>,
  judged: Case,
): Verdict {
  const matches = matchesOf(judged);
  if (!Array.isArray(matches)) return matches;
  const form = formFault(alignment, matches, judged);
  if (form !== null) return weightDifference([form.row], matches[form.row] === null ? 0 : 1, 0, form.explanation);
  const best = align(alignment, judged.problem).map((row) => (row.includes(1) ? row.indexOf(1) : null));
  const tolerance = totalTolerance(matches, judged) + totalTolerance(best, judged);
  const [found, least] = [totalDistance(matches, judged), totalDistance(best, judged)];
  if (isAtMost(found, least, tolerance)) return null;
  const row = matches.findIndex((match, index) => match !== best[index]);
  const explanation = `the matching ${show(matches)} costs ${found}; ${show(best)} costs ${least}`;
  return weightDifference(
    [row, matches[row] ?? best[row] ?? 0],
    matches[row] === null ? 0 : 1,
    matches[row] === null ? 1 : 0,
    explanation,
    tolerance,
  );
}

function formFault(
  alignment: Extract<Alignment, { kind: 'monotone' | 'one-to-one' }>,
  matches: readonly (number | null)[],
  { problem }: Case,
): { row: number; explanation: string } | null {
  const alive = columnsAlive(problem.alive).length;
  const repeats = alignment.kind === 'monotone' && alignment.repeats;
  const wanted = alive === 0 ? 0 : repeats ? matches.length : Math.min(matches.length, alive);
  const matched = matches.flatMap((column, row) => (column === null ? [] : [{ row, column }]));
  if (matched.length !== wanted) {
    return { row: 0, explanation: `${matched.length} rows are matched; expected ${wanted}` };
  }
  for (const [index, { row, column }] of matched.entries()) {
    const earlier = matched.slice(0, index);
    if (!repeats && earlier.some((other) => other.column === column)) {
      return { row, explanation: `student layer ${column} is matched twice` };
    }
    if (alignment.kind === 'monotone' && earlier.some((other) => other.column > column)) {
      return { row, explanation: `student layer ${column} breaks the order` };
    }
  }
  return null;
}

function totalTolerance(matches: readonly (number | null)[], { tolerances }: Case): number {
  return matches.reduce<number>(
    (sum, match, row) => sum + (match === null ? 0 : toleranceAt(tolerances, row, match)),
    0,
  );
}

function show(matches: readonly (number | null)[]): string {
  return `[${matches.map((match) => match ?? '-').join(', ')}]`;
}
