import type { Normalisation } from '../specification/terms.ts';
import type { Matrix } from './types.ts';

/** The loss of a weight matrix over distances. Pairs of weight 0 are not looked at, whatever their distance. */
export function reduceLoss(reduction: Normalisation['reduction'], weights: Matrix, distances: Matrix): number {
  let matched = 0;
  let total = 0;
  for (const [i, row] of weights.entries()) {
    for (const [j, weight] of row.entries()) {
      if (weight === 0) continue;
      matched += weight;
      total += weight * (distances[i]?.[j] as number);
    }
  }
  if (matched === 0) return 0;
  switch (reduction.kind) {
    case 'sum':
      return total;
    case 'mean':
      return total / matched;
    case 'fixed-total':
      return (reduction.weight * total) / matched;
    default:
      reduction satisfies never;
      throw new Error('unreachable reduction');
  }
}
