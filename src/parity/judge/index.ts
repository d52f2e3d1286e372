import { survivingNeighbours } from '../../strategy/reference/alignment/by-layer-number.ts';
import { align } from '../../strategy/reference/alignment/index.ts';
import { columnsAlive } from '../../strategy/reference/alignment/problem.ts';
import type { LayerStrategy, Numbers } from '../../strategy/reference/index.ts';
import type { Difference } from '../difference.ts';
import { type Case, matchesOf, type Verdict, wrongMatch } from './judgement.ts';
import { judgeNearest, judgeStudentToTeacher } from './least.ts';
import { judgeLeastTotal } from './least-total.ts';
import { judgeOrderedGreedy } from './ordered-greedy.ts';
import { judgePublished } from './published.ts';
import { judgeSoft } from './soft.ts';

export type { Case } from './judgement.ts';

/**
 * Whether recorded weights are ones that the strategy may have chosen on these distances, given that each is off by its
 * tolerance: greedy choices given the recorded earlier ones, global ones by their total cost, soft ones number by number.
 */
export function judgeWeights(
  strategy: LayerStrategy,
  judged: Case,
  given: { readonly headLayerZ: Numbers | null; readonly relativeError: number },
): Verdict {
  if (strategy.kind === 'published') return judgePublished(strategy.version, given.headLayerZ, judged);
  const { alignment } = strategy;
  const { alive, drawn } = judged.problem;
  switch (alignment.kind) {
    case 'identity':
    case 'reverse':
    case 'all-to-one':
      return judgeExact(align(alignment, judged.problem), judged);
    case 'nearest':
      return judgeNearest(judged, () => columnsAlive(alive));
    case 'nearest-surviving':
      return judgeNearest(judged, (row) => survivingNeighbours(alive, drawn[row] as number));
    case 'student-to-teacher':
      return judgeStudentToTeacher(judged);
    case 'ordered-greedy':
      return judgeOrderedGreedy(alignment, judged);
    case 'monotone':
    case 'one-to-one':
      return judgeLeastTotal(alignment, judged);
    case 'attention':
    case 'sinkhorn':
      return judgeSoft(alignment, judged, given.relativeError);
    default:
      alignment satisfies never;
      throw new Error('unreachable alignment kind');
  }
}

/** A kept alignment: it was chosen at an earlier step, so only its columns can be judged. */
export function judgeKept({ problem, recorded }: Case): Difference | null {
  for (const [row, weights] of recorded.entries()) {
    const column = weights.findIndex((weight, index) => weight !== 0 && problem.alive[index] !== true);
    if (column !== -1) {
      const explanation = 'the kept alignment matches a student layer that may no longer be matched';
      return {
        what: 'weights_kS',
        index: [row, column],
        recorded: weights[column] as number,
        expected: 0,
        tolerance: 0,
        explanation,
      };
    }
  }
  return null;
}

function judgeExact(expected: readonly (readonly number[])[], judged: Case): Verdict {
  const matches = matchesOf(judged);
  if (!Array.isArray(matches)) return matches;
  for (const [row, match] of matches.entries()) {
    const wanted = expected[row]?.indexOf(1) ?? -1;
    if ((match ?? -1) !== wanted) return wrongMatch(judged, row, match, wanted === -1 ? null : wanted);
  }
  return null;
}
