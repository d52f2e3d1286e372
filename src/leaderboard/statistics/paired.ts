import { mean, median, sampleStandardDeviation } from 'simple-statistics';
import { mostExactPairs, signFlipTest } from './sign-flip.ts';
import { studentTQuantile } from './student-t.ts';

export type Interval = { readonly low: number; readonly high: number };

/** Mean, spread and 95% t interval of a list; what cannot be known of so few values is null. */
export type Summary = {
  readonly n: number;
  readonly mean: number;
  readonly median: number;
  /** Sample standard deviation; null of one value. */
  readonly deviation: number | null;
  readonly interval: Interval | null;
};

/** Summary of at least one finite value. */
export function summarise(values: readonly number[], confidence = 0.95): Summary {
  const list = [...values];
  const n = list.length;
  const centre = mean(list);
  if (n < 2) return { n, mean: centre, median: median(list), deviation: null, interval: null };
  const deviation = sampleStandardDeviation(list);
  const half = (studentTQuantile((1 + confidence) / 2, n - 1) * deviation) / Math.sqrt(n);
  return { n, mean: centre, median: median(list), deviation, interval: { low: centre - half, high: centre + half } };
}

/** a − b without the binary dust that would make equal differences unequal. */
export function plainDifference(a: number, b: number): number {
  return Number((a - b).toFixed(12));
}

export type PairedComparison = Summary & {
  /** Exact two-sided sign-flip p; null with more pairs than are counted exactly. */
  readonly p: number | null;
  readonly differences: readonly number[];
};

/** Summary and exact test of at least one paired difference. */
export function comparePaired(differences: readonly number[]): PairedComparison {
  const exact = differences.length <= mostExactPairs;
  return { ...summarise(differences), p: exact ? signFlipTest(differences) : null, differences };
}
