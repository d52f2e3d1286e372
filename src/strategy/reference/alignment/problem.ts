import type { Matrix } from '../types.ts';

/** What an alignment decides on. */
export type AlignmentProblem = {
  /** [k, S]; entries that the alignment does not look at may be NaN. */
  readonly distances: Matrix;
  /** [k, S], for attention alignments. */
  readonly scores: Matrix | null;
  /** [S]: the student layers that may be matched. */
  readonly alive: readonly boolean[];
  /** Teacher layer of each row. */
  readonly drawn: readonly number[];
};

/** Indices of the student layers that may be matched, ascending. */
export function columnsAlive(alive: readonly boolean[]): number[] {
  return alive.flatMap((isAlive, column) => (isAlive ? [column] : []));
}

/** One-hot rows; null is a row without a match. */
export function oneHot(matches: readonly (number | null)[], columns: number): number[][] {
  return matches.map((match) => Array.from({ length: columns }, (_, column) => (column === match ? 1 : 0)));
}

/** The candidate of least cost, the first one on ties; null without candidates. */
export function leastOf(candidates: readonly number[], cost: (candidate: number) => number): number | null {
  let best: number | null = null;
  for (const candidate of candidates) {
    if (best === null || cost(candidate) < cost(best)) best = candidate;
  }
  return best;
}

/** D[i, j]. */
export function distanceAt(distances: Matrix, row: number, column: number): number {
  return distances[row]?.[column] as number;
}
