import fc from 'fast-check';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { expectedMaximum } from '../../../src/leaderboard/statistics/expected-maximum.ts';
import { holm } from '../../../src/leaderboard/statistics/holm.ts';
import { levelPermutationTest } from '../../../src/leaderboard/statistics/level-permutation.ts';
import { mcnemarExact } from '../../../src/leaderboard/statistics/mcnemar.ts';
import { summarise } from '../../../src/leaderboard/statistics/paired.ts';
import { pairedPower } from '../../../src/leaderboard/statistics/power.ts';
import { signFlipTest } from '../../../src/leaderboard/statistics/sign-flip.ts';
import { equivalenceTest, pairedTTest } from '../../../src/leaderboard/statistics/tost.ts';
import { expectAgreement, hasPython, type Oracle, sampled, startOracle } from './python-oracle.ts';

const value = fc.double({ min: -0.2, max: 0.2, noNaN: true }).map((x) => Number(x.toFixed(6)));

describe.skipIf(!hasPython)('to 1e-9 as scipy and statsmodels have it', () => {
  let oracle: Oracle;
  beforeAll(() => {
    oracle = startOracle();
  });
  afterAll(() => oracle.close());

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
      // multipletests collects garbage each time: without freeze, all that was imported is looked through.
      `import gc
import numpy as np
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.weightstats import DescrStatsW
gc.freeze()
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
});
