import type { AlignmentProblem } from './problem.ts';
import { columnsAlive, distanceAt, oneHot } from './problem.ts';

/**
 * Ordered matching of least total distance, by dynamic programming over rows and columns in A.
 * Without repeats min(k, |A|) rows are matched to strictly increasing columns; with repeats every row, columns not decreasing.
 */
export function alignMonotone(repeats: boolean, problem: AlignmentProblem): number[][] {
  const columns = columnsAlive(problem.alive);
  const cost = (row: number, position: number) => distanceAt(problem.distances, row, columns[position] as number);
  const rows = problem.drawn.length;
  const positions = repeats ? withRepeats(rows, columns.length, cost) : strict(rows, columns.length, cost);
  return oneHot(
    positions.map((position) => (position === null ? null : (columns[position] as number))),
    problem.alive.length,
  );
}

type Cost = (row: number, position: number) => number;
type Step = { readonly total: number; readonly matches: readonly (number | null)[] };

const impossible: Step = { total: Number.POSITIVE_INFINITY, matches: [] };

// best[m][p]: the rows seen so far, m of them matched, to positions below p.
function strict(rows: number, width: number, cost: Cost): readonly (number | null)[] {
  const wanted = Math.min(rows, width);
  let best: Step[][] = table(wanted, width, (m) => (m === 0 ? { total: 0, matches: [] } : impossible));
  for (let row = 0; row < rows; row++) {
    const next = table(wanted, width, () => impossible);
    for (let m = 0; m <= wanted; m++) {
      for (let p = 0; p <= width; p++) {
        const skipped = extend(step(best, m, p), null, 0);
        const narrower = p > 0 ? step(next, m, p - 1) : impossible;
        const matched = m > 0 && p > 0 ? extend(step(best, m - 1, p - 1), p - 1, cost(row, p - 1)) : impossible;
        (next[m] as Step[])[p] = least(least(narrower, matched), skipped);
      }
    }
    best = next;
  }
  return step(best, wanted, width).matches;
}

// best[p]: all rows seen so far matched, to positions of at most p.
function withRepeats(rows: number, width: number, cost: Cost): readonly (number | null)[] {
  if (width === 0) return Array.from({ length: rows }, () => null);
  let best: Step[] = Array.from({ length: width }, () => ({ total: 0, matches: [] }));
  for (let row = 0; row < rows; row++) {
    const next: Step[] = [];
    for (let p = 0; p < width; p++) {
      next.push(least(next[p - 1] ?? impossible, extend(best[p] as Step, p, cost(row, p))));
    }
    best = next;
  }
  return (best[width - 1] as Step).matches;
}

function table(wanted: number, width: number, initial: (m: number) => Step): Step[][] {
  return Array.from({ length: wanted + 1 }, (_, m) => Array.from({ length: width + 1 }, () => initial(m)));
}

function step(steps: readonly (readonly Step[])[], m: number, p: number): Step {
  return steps[m]?.[p] ?? impossible;
}

function extend(from: Step, match: number | null, cost: number): Step {
  return from.total === Number.POSITIVE_INFINITY
    ? impossible
    : { total: from.total + cost, matches: [...from.matches, match] };
}

function least(first: Step, second: Step): Step {
  return second.total < first.total ? second : first;
}
