import type { AlignmentProblem, Matrix } from '../../strategy/reference/index.ts';
import type { Difference } from '../difference.ts';

/** A recorded alignment and what it was decided on. */
export type Case = {
  readonly problem: AlignmentProblem;
  readonly recorded: Matrix;
  /** By how much each distance may be off: [k, S]. */
  readonly tolerances: Matrix;
};

export type Verdict = Difference | null;

/** Matched column of each row of a hard alignment, null for an unmatched row; or why it is none. */
export function matchesOf({ problem, recorded }: Case): (number | null)[] | Difference {
  const matches: (number | null)[] = [];
  for (const [row, weights] of recorded.entries()) {
    const columns = weights.flatMap((weight, column) => (weight === 0 ? [] : [column]));
    const [column, second] = columns;
    if (column === undefined) {
      matches.push(null);
      continue;
    }
    const fault = entryFault(weights[column] as number, problem.alive[column] === true);
    if (fault !== null)
      return weightDifference([row, column], weights[column] as number, fault.expected, fault.explanation);
    if (second !== undefined) {
      return weightDifference([row, second], weights[second] as number, 0, `row ${row} has more than one match`);
    }
    matches.push(column);
  }
  return matches;
}

/** What is wrong with a non-zero weight of a hard alignment. */
export function entryFault(weight: number, isAlive: boolean): { expected: number; explanation: string } | null {
  if (!isAlive) return { expected: 0, explanation: 'a student layer is matched that may not be' };
  return weight === 1 ? null : { expected: 1, explanation: 'a hard alignment has weights of 0 and 1 only' };
}

export function weightDifference(
  index: readonly number[],
  recorded: number,
  expected: number,
  explanation: string,
  tolerance = 0,
): Difference {
  return { what: 'weights_kS', index, recorded, expected, tolerance, explanation };
}

/** A row whose match is not the one that it should be. */
export function wrongMatch(
  { problem }: Case,
  row: number,
  recorded: number | null,
  expected: number | null,
  tolerance = 0,
): Difference {
  const name = (column: number | null) =>
    column === null ? 'no layer' : `student layer ${column} (distance ${problem.distances[row]?.[column]})`;
  const explanation = `teacher layer ${problem.drawn[row]} is matched to ${name(recorded)}; expected ${name(expected)}`;
  return weightDifference(
    [row, recorded ?? expected ?? 0],
    recorded === null ? 0 : 1,
    recorded === null ? 1 : 0,
    explanation,
    tolerance,
  );
}

export function toleranceAt(tolerances: Matrix, row: number, column: number): number {
  return tolerances[row]?.[column] as number;
}
