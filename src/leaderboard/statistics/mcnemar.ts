import { regularisedIncompleteBeta } from './incomplete-beta.ts';

/**
 * Exact two-sided McNemar test (McNemar 1947): of the examples that exactly one of two models got right, `first` and
 * `second` count whose. 1 where there are none.
 */
export function mcnemarExact(first: number, second: number): number {
  const n = first + second;
  const least = Math.min(first, second);
  if (n === 0 || first === second) return 1;
  // P(X <= least) of a binomial with n trials and probability 1/2.
  return Math.min(1, 2 * regularisedIncompleteBeta(0.5, n - least, least + 1));
}
