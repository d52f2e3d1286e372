import { gammaln } from 'simple-statistics';
import { normalCdf } from './normal-cdf.ts';
import { integrate } from './quadrature.ts';
import { fewestPairs } from './sign-flip.ts';
import { studentTQuantile } from './student-t.ts';

/** What a study is planned for: tests after Holm at this level, with this chance to see what is there. */
export const plannedLevel = { alpha: 0.05, power: 0.8 } as const;

/** More pairs than anyone would run; said as "more than". */
export const mostPairs = 1000;

/** Power of the two-sided paired t test to tell a mean difference from 0; all in the same unit. */
export function pairedPower(pairs: number, difference: number, deviation: number, alpha: number): number {
  const shift = (Math.abs(difference) * Math.sqrt(pairs)) / deviation;
  const critical = studentTQuantile(1 - alpha / 2, pairs - 1);
  return noncentralTUpperTail(critical, pairs - 1, shift) + noncentralTUpperTail(critical, pairs - 1, -shift);
}

/** Power of two one-sided t tests to tell that a difference, truly 0, is within the margin (lower bound, near where it matters). */
export function equivalencePower(pairs: number, margin: number, deviation: number, alpha: number): number {
  const shift = (margin * Math.sqrt(pairs)) / deviation;
  return Math.max(0, 2 * noncentralTUpperTail(studentTQuantile(1 - alpha, pairs - 1), pairs - 1, shift) - 1);
}

/**
 * Fewest pairs that would give a verdict with the planned power, whether the true difference is the margin or 0, in a
 * family of so many tests (each at alpha / tests: Holm's first step, so at worst too many); null above `mostPairs`.
 */
export function pairsNeeded(margin: number, deviation: number | null, tests: number): number | null {
  const { alpha, power } = plannedLevel;
  const reachable = Math.max(2, fewestPairs(tests, alpha));
  if (deviation === null || deviation === 0) return reachable;
  const enough = (pairs: number) =>
    pairedPower(pairs, margin, deviation, alpha / tests) >= power &&
    equivalencePower(pairs, margin, deviation, alpha / tests) >= power;
  let low = reachable;
  let high = reachable;
  while (!enough(high)) {
    if (high >= mostPairs) return null;
    low = high + 1;
    high = Math.min(2 * high, mostPairs);
  }
  while (low < high) {
    const middle = (low + high) >> 1;
    if (enough(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Smallest difference that so many pairs tell from 0 with the planned power; null where no p can be small enough. */
export function detectableDifference(pairs: number, deviation: number, tests: number): number | null {
  const { alpha, power } = plannedLevel;
  if (pairs < Math.max(2, fewestPairs(tests, alpha))) return null;
  let low = 0;
  let high = deviation;
  while (pairedPower(pairs, high, deviation, alpha / tests) < power) high *= 2;
  while (high - low > 1e-9 * deviation) {
    const middle = (low + high) / 2;
    if (pairedPower(pairs, middle, deviation, alpha / tests) < power) low = middle;
    else high = middle;
  }
  return high;
}

/** P(T > t) of the noncentral t distribution: the integral over s = √(χ²/ν) of P(Z + shift > t·s), over all s that has weight. */
export function noncentralTUpperTail(t: number, degrees: number, shift: number): number {
  const logScale = Math.log(2) + (degrees / 2) * Math.log(degrees / 2) - gammaln(degrees / 2);
  const integrand = (s: number): number =>
    Math.exp(logScale + (degrees - 1) * Math.log(s) - (degrees * s * s) / 2) * normalCdf(shift - t * s);
  // s has the deviation 1 / √(2ν): what is left out weighs less than 3e-12.
  const low = Math.max(0, 1 - 6 / Math.sqrt(degrees));
  const high = 1 + 6 / Math.sqrt(degrees);
  // Panels no wider than twice the narrower of the two factors.
  const width = 2 * Math.min(1 / Math.sqrt(degrees), 1 / Math.max(1, Math.abs(t)));
  return integrate(integrand, low, high, Math.ceil((high - low) / width));
}
