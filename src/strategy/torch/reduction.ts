import type { Normalisation } from '../specification/terms.ts';
import { pyFloat } from './literals.ts';

type Reduction = Normalisation['reduction'];

export function reductionDoc(reduction: Reduction): string {
  switch (reduction.kind) {
    case 'sum':
      return 'the sum over matched pairs';
    case 'mean':
      return 'the mean over matched pairs';
    case 'fixed-total':
      return `${reduction.weight} times the mean over matched pairs`;
    default:
      reduction satisfies never;
      throw new TypeError('unreachable reduction');
  }
}

/** The loss, a Python expression of `total` (Σ W·D) and `weights_kS`. */
export function reducedLoss(reduction: Reduction): string {
  switch (reduction.kind) {
    case 'sum':
      return 'total';
    case 'mean':
      return 'total / _pair_count(weights_kS)';
    case 'fixed-total':
      return `${pyFloat(reduction.weight, 'reduction.weight')} * total / _pair_count(weights_kS)`;
    default:
      reduction satisfies never;
      throw new TypeError('unreachable reduction');
  }
}
