import { type OrderedGreedy, walkRows } from '../../strategy/reference/alignment/ordered-greedy.ts';
import { distanceAt } from '../../strategy/reference/alignment/problem.ts';
import { type Case, matchesOf, type Verdict, wrongMatch } from './judgement.ts';
import { judgeChoice } from './least.ts';

/** Each choice is judged given the recorded earlier ones, so that one tie does not make all later rows wrong. */
export function judgeOrderedGreedy(alignment: OrderedGreedy, judged: Case): Verdict {
  const matches = matchesOf(judged);
  if (!Array.isArray(matches)) return matches;
  let verdict: Verdict = null;
  const walked = walkRows(alignment, judged.problem, (row, candidates) => {
    const match = matches[row] ?? null;
    verdict ??= judgeChoice(judged, row, match, candidates);
    return match;
  });
  if (verdict !== null) return verdict;
  const row = walked.findIndex((match, index) => match !== matches[index]);
  return row === -1 ? null : wrongMatch(judged, row, matches[row] ?? null, walked[row] ?? null);
}

/** Total distance of a matching; unmatched rows cost nothing. */
export function totalDistance(matches: readonly (number | null)[], { problem }: Case): number {
  return matches.reduce<number>(
    (sum, match, row) => sum + (match === null ? 0 : distanceAt(problem.distances, row, match)),
    0,
  );
}
