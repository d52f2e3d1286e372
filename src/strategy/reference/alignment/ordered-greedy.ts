import type { Alignment } from '../../specification/alignment.ts';
import { type AlignmentProblem, columnsAlive, distanceAt, leastOf, oneHot } from './problem.ts';

export type OrderedGreedy = Extract<Alignment, { kind: 'ordered-greedy' }>;

/**
 * Each row, from the top or the bottom, takes the nearest column in A beyond the last match.
 * Source: CoFiPruning versions 4 to 6 as documented there; the mirror image is ours.
 */
export function alignOrderedGreedy(alignment: OrderedGreedy, problem: AlignmentProblem): number[][] {
  const matches = walkRows(alignment, problem, (row, candidates) =>
    leastOf(candidates, (column) => distanceAt(problem.distances, row, column)),
  );
  return oneHot(matches, problem.alive.length);
}

/** Visits the rows in the alignment's order; `choose` is asked only where there are candidates. */
export function walkRows(
  { from, fallback }: OrderedGreedy,
  { alive, drawn }: AlignmentProblem,
  choose: (row: number, candidates: readonly number[]) => number | null,
): (number | null)[] {
  const columns = columnsAlive(alive);
  const matches: (number | null)[] = drawn.map(() => null);
  const rows = drawn.map((_, row) => row);
  let last: number | null = null;
  for (const row of from === 'top' ? rows.reverse() : rows) {
    const bound: number | null = last;
    const candidates: number[] = columns.filter(
      (column) => bound === null || (from === 'top' ? column < bound : column > bound),
    );
    const match: number | null = candidates.length > 0 ? choose(row, candidates) : fallback === 'repeat' ? last : null;
    matches[row] = match;
    last = match ?? last;
  }
  return matches;
}
