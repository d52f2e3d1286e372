import { sum } from 'simple-statistics';

/** More pairs than this would need more memory than the exact count is worth. */
export const mostExactPairs = 40;

/**
 * Two-sided exact sign-flip permutation test of paired differences: the share of the 2^n assignments of signs
 * whose absolute sum is at least the observed one. Needs only that a difference and its negative are equally
 * likely under the null hypothesis (Fisher 1935). Counted by halves, so 2^(n/2) sums are kept, not 2^n.
 * Ties count as reached, with a tolerance for the order of additions.
 *
 * @throws RangeError for no differences, more than `mostExactPairs`, or a value that is not finite.
 */
export function signFlipTest(differences: readonly number[]): number {
  const n = differences.length;
  if (n < 1 || n > mostExactPairs) throw new RangeError(`Expected 1 to ${mostExactPairs} differences, got ${n}`);
  if (!differences.every(Number.isFinite)) throw new RangeError('Expected finite differences');
  const scale = sum(differences.map(Math.abs));
  if (scale === 0) return 1;
  const observed = Math.abs(sum([...differences])) - 1e-12 * scale;
  const first = signedSums(differences.slice(0, n >> 1));
  const second = signedSums(differences.slice(n >> 1)).sort();
  // Of each sum in the first half, how many of the second half carry it to `observed` or beyond; the lower side is its mirror image.
  const reached = first.reduce((count, value) => count + second.length - firstAtLeast(second, observed - value), 0);
  return Math.min(1, (2 * reached) / 2 ** n);
}

/** Smallest two-sided p that n pairs can give. */
export function smallestSignFlipP(n: number): number {
  return 2 / 2 ** n;
}

/** Fewest pairs whose smallest p, after Holm over so many tests, is at most alpha. */
export function fewestPairs(tests: number, alpha: number): number {
  let n = 1;
  while (tests * smallestSignFlipP(n) > alpha) n++;
  return n;
}

function signedSums(values: readonly number[]): Float64Array {
  const sums = new Float64Array(2 ** values.length);
  values.forEach((value, i) => {
    const filled = 2 ** i;
    for (let j = 0; j < filled; j++) {
      const earlier = sums[j] ?? 0;
      sums[filled + j] = earlier - value;
      sums[j] = earlier + value;
    }
  });
  return sums;
}

function firstAtLeast(sorted: Float64Array, threshold: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}
