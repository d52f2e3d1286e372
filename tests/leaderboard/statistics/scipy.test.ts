import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectedMaximum } from '../../../src/leaderboard/statistics/expected-maximum.ts';
import { holm } from '../../../src/leaderboard/statistics/holm.ts';
import { levelPermutationTest } from '../../../src/leaderboard/statistics/level-permutation.ts';
import { mcnemarExact } from '../../../src/leaderboard/statistics/mcnemar.ts';
import { normalCdf } from '../../../src/leaderboard/statistics/normal-cdf.ts';
import { summarise } from '../../../src/leaderboard/statistics/paired.ts';
import { equivalencePower, noncentralTUpperTail, pairedPower } from '../../../src/leaderboard/statistics/power.ts';
import { signFlipTest } from '../../../src/leaderboard/statistics/sign-flip.ts';
import { studentTCdf, studentTQuantile } from '../../../src/leaderboard/statistics/student-t.ts';
import { equivalenceTest, pairedTTest } from '../../../src/leaderboard/statistics/tost.ts';
import { agreesClosely, hasPython, type Oracle, startOracle } from './python-oracle.ts';

const value = fc.double({ min: -0.2, max: 0.2, noNaN: true }).map((x) => Number(x.toFixed(6)));

/** The same cases every time, so that a failure can be repeated. */
function sampled<T>(arbitrary: fc.Arbitrary<T>, count = 200): T[] {
  return fc.sample(arbitrary, { numRuns: count, seed: 34 });
}

function expectAgreement(actual: readonly number[], expected: readonly number[], cases: readonly unknown[]): void {
  expect(actual.length).toBe(expected.length);
  const wrong = actual.flatMap((mine, i) =>
    agreesClosely(mine, expected[i] ?? Number.NaN) ? [] : [{ case: cases[i], mine, theirs: expected[i] }],
  );
  expect(wrong).toEqual([]);
}

/** By scipy's adaptive quadrature: its own noncentral t is NaN in places. */
const noncentralTail = `from scipy.stats import norm
from scipy.integrate import quad
from scipy.special import gammaln
import numpy as np
def tail(t, v, d):
    f = lambda s: np.exp(np.log(2) + v/2*np.log(v/2) - gammaln(v/2) + (v-1)*np.log(s) - v*s*s/2) * norm.cdf(d - t*s)
    points = [max(1e-12, 1 - 12/np.sqrt(v)), 1, 1 + 12/np.sqrt(v)]
    return sum(quad(f, a, b, epsabs=1e-13, epsrel=1e-13, limit=200)[0] for a, b in zip(points, points[1:]))`;

describe.skipIf(!hasPython)('to 1e-9 as scipy and statsmodels have it', () => {
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

  test('paired t test, its interval, and two one-sided tests', async () => {
    const cases = sampled(fc.array(value, { minLength: 2, maxLength: 30 })).filter((list) => new Set(list).size > 1);
    const expected = await oracle.ask<{ p: number; low: number; high: number; tost: number }[]>(
      cases,
      `from scipy.stats import ttest_1samp
def both(xs):
    test = ttest_1samp(xs, 0)
    ci = test.confidence_interval(0.95)
    tost = max(ttest_1samp(xs, -0.05, alternative="greater").pvalue, ttest_1samp(xs, 0.05, alternative="less").pvalue)
    return {"p": float(test.pvalue), "low": float(ci.low), "high": float(ci.high), "tost": float(tost)}
results = [both(xs) for xs in cases]`,
    );
    expectAgreement(
      cases.map((list) => pairedTTest(list) ?? Number.NaN),
      expected.map(({ p }) => p),
      cases,
    );
    expectAgreement(
      cases.map((list) => summarise(list).interval?.low ?? Number.NaN),
      expected.map(({ low }) => low),
      cases,
    );
    expectAgreement(
      cases.map((list) => summarise(list).interval?.high ?? Number.NaN),
      expected.map(({ high }) => high),
      cases,
    );
    expectAgreement(
      cases.map((list) => equivalenceTest(list, 0.05) ?? Number.NaN),
      expected.map(({ tost }) => tost),
      cases,
    );
  });

  test("Holm, McNemar, two one-sided tests and the paired t test's power, as statsmodels has them", async () => {
    const pValues = sampled(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }));
    const count = fc.integer({ min: 0, max: 400 });
    const tables = sampled(fc.tuple(count, count)).filter(([b, c]) => b + c > 0);
    const lists = sampled(fc.array(value, { minLength: 2, maxLength: 30 })).filter((list) => new Set(list).size > 1);
    const powers = sampled(
      fc.tuple(fc.integer({ min: 3, max: 60 }), fc.double({ min: 0.05, max: 1.2, noNaN: true })),
      60,
    );
    const expected = await oracle.ask<{ holm: number[][]; mcnemar: number[]; tost: number[]; power: number[] }>(
      { pValues, tables, lists, powers },
      `import numpy as np
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.weightstats import DescrStatsW
results = {
    "holm": [multipletests(ps, method="holm")[1].tolist() for ps in cases["pValues"]],
    "mcnemar": [float(mcnemar([[0, b], [c, 0]], exact=True).pvalue) for b, c in cases["tables"]],
    "tost": [float(DescrStatsW(np.array(xs)).ttost_mean(-0.05, 0.05)[0]) for xs in cases["lists"]],
    "power": [float(TTestPower().power(effect, n, 0.05)) for n, effect in cases["powers"]],
}`,
    );
    expectAgreement(pValues.flatMap(holm), expected.holm.flat(), pValues);
    expectAgreement(
      tables.map(([b, c]) => mcnemarExact(b, c)),
      expected.mcnemar,
      tables,
    );
    expectAgreement(
      lists.map((list) => equivalenceTest(list, 0.05) ?? Number.NaN),
      expected.tost,
      lists,
    );
    expectAgreement(
      powers.map(([pairs, effect]) => pairedPower(pairs, effect, 1, 0.05)),
      expected.power,
      powers,
    );
  });

  test('exact sign-flip permutation test, ties included', async () => {
    const coarse = value.map((x) => Math.round(x * 50) / 50);
    const cases = sampled(fc.array(fc.oneof(value, coarse), { minLength: 1, maxLength: 9 }), 60);
    const expected = await oracle.ask<number[]>(
      cases,
      `from itertools import product
import numpy as np
from scipy.stats import permutation_test
def exact(xs):
    whole = np.array([round(x * 10**6) for x in xs])
    if len(xs) < 2:
        return 1.0
    test = permutation_test((whole,), np.sum, permutation_type="samples", n_resamples=np.inf, alternative="two-sided")
    sums = np.array([np.dot(signs, whole) for signs in product([1, -1], repeat=len(xs))])
    share = float(np.mean(np.abs(sums) >= abs(whole.sum())))
    if whole.sum() != 0:
        assert abs(share - test.pvalue) < 1e-12, (share, test.pvalue)
    return share
results = [exact(xs) for xs in cases]`,
    );
    expectAgreement(cases.map(signFlipTest), expected, cases);
  });

  test('exact McNemar test', async () => {
    const count = fc.integer({ min: 0, max: 3000 });
    const cases = sampled(fc.tuple(count, count)).filter(([b, c]) => b + c > 0);
    const expected = await oracle.ask<number[]>(
      cases,
      'from scipy.stats import binomtest\nresults = [float(binomtest(b, b + c, 0.5).pvalue) for b, c in cases]',
    );
    expectAgreement(
      cases.map(([b, c]) => mcnemarExact(b, c)),
      expected,
      cases,
    );
  });

  test('expected maximum, plug-in and over all subsets', async () => {
    const cases = sampled(fc.array(value, { minLength: 1, maxLength: 40 }), 60);
    const expected = await oracle.ask<{ plugIn: number[]; unbiased: number[] }[]>(
      cases,
      `from math import comb
def both(xs):
    xs = sorted(xs); n = len(xs)
    plug = [sum(x * ((i / n) ** m - ((i - 1) / n) ** m) for i, x in enumerate(xs, 1)) for m in range(1, n + 1)]
    free = [sum(x * comb(i - 1, m - 1) / comb(n, m) for i, x in enumerate(xs, 1)) for m in range(1, n + 1)]
    return {"plugIn": plug, "unbiased": free}
results = [both(xs) for xs in cases]`,
    );
    expectAgreement(
      cases.flatMap((list) => expectedMaximum(list).map(({ plugIn }) => plugIn)),
      expected.flatMap(({ plugIn }) => plugIn),
      cases,
    );
    expectAgreement(
      cases.flatMap((list) => expectedMaximum(list).map(({ unbiased }) => unbiased)),
      expected.flatMap(({ unbiased }) => unbiased),
      cases,
    );
  });

  test("Holm's correction", async () => {
    const cases = sampled(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }));
    // Written from the definition as a maximum over the sorted tests, not as the running maximum of the program.
    const expected = await oracle.ask<number[][]>(
      cases,
      `def adjusted(ps):
    order = sorted(ps)
    return [min(1.0, max((len(ps) - j) * order[j] for j in range(order.index(p) + 1))) for p in ps]
results = [adjusted(ps) for ps in cases]`,
    );
    expectAgreement(
      cases.flatMap((ps) => holm(ps)),
      expected.flat(),
      cases,
    );
  });

  test('exchange of levels within seeds', async () => {
    const cases = sampled(
      fc
        .integer({ min: 2, max: 3 })
        .chain((levels) =>
          fc.array(fc.array(value, { minLength: levels, maxLength: levels }), { minLength: 2, maxLength: 4 }),
        ),
      40,
    );
    const expected = await oracle.ask<number[]>(
      cases,
      `from itertools import permutations, product
import numpy as np
def p(rows):
    rows = np.round(np.array(rows) * 10**6)
    spread = lambda m: np.var(np.sum(m, axis=0))
    seen = spread(rows)
    every = [spread(np.array(m)) for m in product(*[list(permutations(row)) for row in rows])]
    return float(np.mean(np.array(every) >= seen * (1 - 1e-12)))
results = [p(rows) for rows in cases]`,
    );
    expectAgreement(
      cases.map((rows) => levelPermutationTest(rows).p),
      expected,
      cases,
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
