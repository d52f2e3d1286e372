import { mean, sampleStandardDeviation } from 'simple-statistics';
import { studentTUpperTail } from './student-t.ts';

/**
 * Two one-sided t tests of paired differences (Schuirmann 1987): the p of "the mean difference is not within ±margin".
 * Null for fewer than two pairs, or where all differences are equal, since t has no value there.
 */
export function equivalenceTest(differences: readonly number[], margin: number): number | null {
  const n = differences.length;
  if (n < 2) return null;
  const deviation = sampleStandardDeviation([...differences]);
  if (deviation === 0) return null;
  const error = deviation / Math.sqrt(n);
  const centre = mean([...differences]);
  return Math.max(
    studentTUpperTail((centre + margin) / error, n - 1),
    studentTUpperTail((margin - centre) / error, n - 1),
  );
}

/** Two-sided p of the paired t test; null where t has no value. */
export function pairedTTest(differences: readonly number[]): number | null {
  const n = differences.length;
  if (n < 2) return null;
  const deviation = sampleStandardDeviation([...differences]);
  if (deviation === 0) return null;
  const t = mean([...differences]) / (deviation / Math.sqrt(n));
  return Math.min(1, 2 * studentTUpperTail(Math.abs(t), n - 1));
}
