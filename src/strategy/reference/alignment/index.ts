import type { Alignment } from '../../specification/alignment.ts';
import { alignAttention } from './attention.ts';
import { alignAllToOne, alignIdentity, alignNearestSurviving, alignReverse } from './by-layer-number.ts';
import { alignMonotone } from './monotone.ts';
import { alignNearest, alignStudentToTeacher } from './nearest.ts';
import { alignOneToOne } from './one-to-one.ts';
import { alignOrderedGreedy } from './ordered-greedy.ts';
import type { AlignmentProblem } from './problem.ts';
import { alignSinkhorn } from './sinkhorn.ts';

/** The weight matrix [k, S] of an alignment: one-hot where hard, 0 outside the layers that may be matched. */
export function align(alignment: Alignment, problem: AlignmentProblem): number[][] {
  switch (alignment.kind) {
    case 'identity':
      return alignIdentity(problem);
    case 'nearest':
      return alignNearest(problem);
    case 'ordered-greedy':
      return alignOrderedGreedy(alignment, problem);
    case 'monotone':
      return alignMonotone(alignment.repeats, problem);
    case 'one-to-one':
      return alignOneToOne(problem);
    case 'attention':
      return alignAttention(problem);
    case 'student-to-teacher':
      return alignStudentToTeacher(problem);
    case 'nearest-surviving':
      return alignNearestSurviving(problem);
    case 'reverse':
      return alignReverse(problem);
    case 'all-to-one':
      return alignAllToOne(problem);
    case 'sinkhorn':
      return alignSinkhorn(alignment, problem);
    default:
      alignment satisfies never;
      throw new Error('unreachable alignment kind');
  }
}
