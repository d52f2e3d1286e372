import { columnsAlive, distanceAt, leastOf } from '../../strategy/reference/alignment/problem.ts';
import { isAtMost } from '../difference.ts';
import {
  type Case,
  entryFault,
  matchesOf,
  toleranceAt,
  type Verdict,
  weightDifference,
  wrongMatch,
} from './judgement.ts';

/** Each row's match must be a nearest one of its candidates, or none where there are none. */
export function judgeNearest(judged: Case, candidatesOf: (row: number) => readonly number[]): Verdict {
  const matches = matchesOf(judged);
  if (!Array.isArray(matches)) return matches;
  for (const [row, match] of matches.entries()) {
    const verdict = judgeChoice(judged, row, match, candidatesOf(row));
    if (verdict !== null) return verdict;
  }
  return null;
}

/** Whether a row's match is a nearest one of these candidates. */
export function judgeChoice(judged: Case, row: number, match: number | null, candidates: readonly number[]): Verdict {
  const { problem, tolerances } = judged;
  const cost = (column: number) => distanceAt(problem.distances, row, column);
  const unknown = candidates.length > 1 ? candidates.find((column) => Number.isNaN(cost(column))) : undefined;
  if (unknown !== undefined) return notComputed(row, unknown);
  const best = leastOf(candidates, cost);
  if (match === best) return null;
  if (match === null || best === null || !candidates.includes(match)) return wrongMatch(judged, row, match, best);
  const tolerance = toleranceAt(tolerances, row, match) + toleranceAt(tolerances, row, best);
  return isAtMost(cost(match), cost(best), tolerance) ? null : wrongMatch(judged, row, match, best, tolerance);
}

/** Each column in A must be matched to a nearest row, and no other column to any. */
export function judgeStudentToTeacher({ problem, recorded, tolerances }: Case): Verdict {
  const rows = problem.drawn.map((_, row) => row);
  for (const [row, weights] of recorded.entries()) {
    for (const [column, weight] of weights.entries()) {
      const fault = weight === 0 ? null : entryFault(weight, problem.alive[column] === true);
      if (fault !== null) return weightDifference([row, column], weight, fault.expected, fault.explanation);
    }
  }
  for (const column of columnsAlive(problem.alive)) {
    const cost = (row: number) => distanceAt(problem.distances, row, column);
    const matched = rows.filter((row) => recorded[row]?.[column] !== 0);
    const unknown = rows.length > 1 ? rows.find((row) => Number.isNaN(cost(row))) : undefined;
    if (unknown !== undefined) return notComputed(unknown, column);
    const best = leastOf(rows, cost) as number;
    const [row = best] = matched;
    const tolerance = toleranceAt(tolerances, row, column) + toleranceAt(tolerances, best, column);
    const isNearest = row === best || isAtMost(cost(row), cost(best), tolerance);
    if (matched.length === 1 && isNearest) continue;
    const explanation = `student layer ${column} is matched to rows [${matched.join(', ')}]; expected row ${best}`;
    return weightDifference([best, column], recorded[best]?.[column] as number, 1, explanation, tolerance);
  }
  return null;
}

function notComputed(row: number, column: number): Verdict {
  const explanation = 'the distance of a candidate was not computed, so the choice was not made among all';
  return {
    what: 'distances_kS',
    index: [row, column],
    recorded: Number.NaN,
    expected: Number.NaN,
    tolerance: 0,
    explanation,
  };
}
