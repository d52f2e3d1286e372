import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { normalCdf } from '../../../src/leaderboard/statistics/normal-cdf.ts';
import { equivalencePower, noncentralTUpperTail, pairedPower } from '../../../src/leaderboard/statistics/power.ts';
import { studentTCdf, studentTQuantile } from '../../../src/leaderboard/statistics/student-t.ts';
import { expectAgreement, hasPython, type Oracle, sampled, startOracle } from './python-oracle.ts';

/** By scipy's adaptive quadrature: its own noncentral t is NaN in places. */
const noncentralTail = `from scipy.stats import norm
from scipy.integrate import quad
from scipy.special import gammaln
import numpy as np
def tail(t, v, d):
    f = lambda s: np.exp(np.log(2) + v/2*np.log(v/2) - gammaln(v/2) + (v-1)*np.log(s) - v*s*s/2) * norm.cdf(d - t*s)
    points = [max(1e-12, 1 - 12/np.sqrt(v)), 1, 1 + 12/np.sqrt(v)]
    return sum(quad(f, a, b, epsabs=1e-13, epsrel=1e-13, limit=200)[0] for a, b in zip(points, points[1:]))`;

describe.skipIf(!hasPython)('to 1e-9 as scipy has it', () => {
  let oracle: Oracle;
  beforeAll(() => {
    oracle = startOracle();
  });
  afterAll(() => oracle.close());

  test("Student's t: probability and quantile", async () => {
    const cases = sampled(
      fc.tuple(fc.double({ min: -50, max: 50, noNaN: true }), fc.integer({ min: 1, max: 5000 })),
      1000,
    );
    const expected = await oracle.ask<number[]>(
      cases,
      'from scipy.stats import t\nresults = [float(t.cdf(x, d)) for x, d in cases]',
    );
    expectAgreement(
      cases.map(([t, degrees]) => studentTCdf(t, degrees)),
      expected,
      cases,
    );

    const quantiles = sampled(
      fc.tuple(fc.double({ min: 0.001, max: 0.999, noNaN: true }), fc.integer({ min: 1, max: 500 })),
      500,
    );
    const theirs = await oracle.ask<number[]>(
      quantiles,
      'from scipy.stats import t\nresults = [float(t.ppf(p, d)) for p, d in cases]',
    );
    expectAgreement(
      quantiles.map(([p, degrees]) => studentTQuantile(p, degrees)),
      theirs,
      quantiles,
    );
  });

  test('normal distribution', async () => {
    const cases = sampled(fc.double({ min: -12, max: 12, noNaN: true }), 500);
    const expected = await oracle.ask<number[]>(
      cases,
      'from scipy.stats import norm\nresults = [float(norm.cdf(x)) for x in cases]',
    );
    expectAgreement(cases.map(normalCdf), expected, cases);
  });

  test('noncentral t and the power of the paired t test', async () => {
    const cases = sampled(
      fc.tuple(
        fc.double({ min: 0, max: 8, noNaN: true }),
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: -5, max: 10, noNaN: true }),
      ),
      40,
    );
    const expected = await oracle.ask<number[]>(
      cases,
      `${noncentralTail}\nresults = [float(tail(t, v, d)) for t, v, d in cases]`,
    );
    expectAgreement(
      cases.map((args) => noncentralTUpperTail(...args)),
      expected,
      cases,
    );

    const powers = sampled(
      fc.tuple(fc.integer({ min: 2, max: 60 }), fc.double({ min: 0.001, max: 0.05, noNaN: true })),
      30,
    );
    const theirs = await oracle.ask<number[]>(
      powers,
      `${noncentralTail}
from scipy.stats import t as student
def power(n, d):
    c, shift = student.ppf(0.975, n - 1), d * n ** 0.5 / 0.02
    return float(tail(c, n - 1, shift) + tail(c, n - 1, -shift))
results = [power(n, d) for n, d in cases]`,
    );
    expectAgreement(
      powers.map(([pairs, difference]) => pairedPower(pairs, difference, 0.02, 0.05)),
      theirs,
      powers,
    );
  });

  test('the power of two one-sided tests is close to what is simulated', async () => {
    const [simulated] = await oracle.ask<[number]>(
      [],
      `import numpy as np
from scipy.stats import t
rng = np.random.default_rng(1)
x = rng.normal(0, 0.01, (200000, 12))
m, s = x.mean(1), x.std(1, ddof=1) / 12 ** 0.5
c = t.ppf(0.95, 11)
results = [float(np.mean(((m + 0.01) / s > c) & ((0.01 - m) / s > c)))]`,
    );
    expect(equivalencePower(12, 0.01, 0.01, 0.05)).toBeCloseTo(simulated, 2);
  });
});
