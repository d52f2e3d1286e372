import type { Alignment } from '../specification/alignment.ts';
import { emitMonotone, emitNearestSurviving, emitOneToOne } from './align-columns.ts';
import { emitGreedy, emitNearest } from './align-nearest.ts';
import { emitAllToOne, emitIdentity, emitReverse } from './align-pairs.ts';
import { emitStudentToTeacher } from './align-rows.ts';
import type { EmittedAlignment } from './align-signature.ts';
import { emitAttention, emitSinkhorn } from './align-weights.ts';

export function emitAlignment(alignment: Alignment): EmittedAlignment {
  switch (alignment.kind) {
    case 'identity':
      return emitIdentity();
    case 'reverse':
      return emitReverse();
    case 'all-to-one':
      return emitAllToOne();
    case 'nearest':
      return emitNearest();
    case 'ordered-greedy':
      return emitGreedy(alignment.from, alignment.fallback);
    case 'monotone':
      return emitMonotone(alignment.repeats);
    case 'nearest-surviving':
      return emitNearestSurviving();
    case 'one-to-one':
      return emitOneToOne();
    case 'student-to-teacher':
      return emitStudentToTeacher();
    case 'attention':
      return emitAttention(alignment);
    case 'sinkhorn':
      return emitSinkhorn(alignment);
    default:
      alignment satisfies never;
      throw new TypeError('unreachable alignment');
  }
}
