import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerLines } from '../../src/leaderboard/answer-lines.ts';
import { answerQuestion } from '../../src/leaderboard/questions/answer.ts';
import type { Question } from '../../src/leaderboard/questions/question.ts';
import { choices, question, type RunSketch, run } from './records-fixture.ts';

/** Runs of both arms, seed by seed, whose scores differ by what is given. */
function arms(differences: readonly (number | null)[], sketch: RunSketch = {}) {
  return differences.flatMap((difference, i) => [
    run({ ...sketch, seed: i + 1, strategy: 'v3', score: 0.8 + 0.001 * i }),
    difference === null
      ? run({ ...sketch, seed: i + 1, strategy: 'v4', state: 'waiting', outcome: null })
      : run({ ...sketch, seed: i + 1, strategy: 'v4', score: 0.8 + 0.001 * i + difference }),
  ]);
}

function sentenceOf(differences: readonly (number | null)[], asked: Question = question): string | undefined {
  return answerQuestion(arms(differences), asked).cells[0]?.sentence;
}

describe('the answer to a question', () => {
  test('is better or worse where the exact test and Holm say so', () => {
    const clear = [0.02, 0.018, 0.021, 0.019, 0.022, 0.017, 0.02, 0.023];
    expect(sentenceOf(clear)).toMatchInlineSnapshot(
      `"v4 is better than v3 (+2.00 points; 95% interval +1.83 to +2.17; p 0.0078; 8 pairs)."`,
    );
    expect(sentenceOf(clear.map((difference) => -difference))).toContain('v4 is worse than v3');
  });

  test('is none where finished runs have no such number, rather than waiting for it', () => {
    const unmeasured = arms([0.01, 0.02, 0.03], { outcome: { speedup: null, metrics: { accuracy: 0.8, f1: 0.8 } } });
    const { cells } = answerQuestion(unmeasured, { ...question, metric: 'speedup' });
    expect(cells[0]?.verdict.kind).toBe('cannot-answer');
    expect(cells[0]?.sentence).toMatchInlineSnapshot(
      `"Cannot be answered: 6 of 6 finished runs have no \`speedup\`; measured on the task: accuracy, f1."`,
    );
  });

  test('says where a difference can be told but is within the margin', () => {
    const small = [0.001, 0.0012, 0.0008, 0.0011, 0.0009, 0.001, 0.0013, 0.0007];
    expect(sentenceOf(small)).toMatchInlineSnapshot(
      `"v4 is better than v3, by less than the margin of 0.50 points (+0.10 points; 95% interval +0.083 to +0.12; p 0.0078; 8 pairs)."`,
    );
  });

  test('is no difference larger than the margin where two one-sided tests say so', () => {
    const none = [0.001, -0.001, 0.0005, -0.0008, 0.0012, -0.0009, 0.0002, -0.0004];
    expect(sentenceOf(none)).toMatchInlineSnapshot(
      `"No difference larger than the margin of 0.50 points between v4 and v3 (-0.003 points; 95% interval -0.075 to +0.070; p 0.9766; 8 pairs)."`,
    );
  });

  test('is not enough seeds to say, and how many would do', () => {
    const wide = [0.02, -0.015, 0.01, -0.02, 0.013, 0.002, -0.011, 0.016];
    expect(sentenceOf(wide)).toMatchInlineSnapshot(
      `"Not enough seeds to say: 82 would do at this spread, 8 are in (+0.19 points; 95% interval -1.09 to +1.47; p 0.7500; 8 pairs)."`,
    );
  });

  test('never claims anything where no p can be small enough, however clear the difference', () => {
    expect(sentenceOf([0.02, 0.021, 0.019, 0.02, 0.022])).toContain(
      'Not enough seeds to say: 6 would do at this spread, 5 are in',
    );
    // Six seeds and four cells cannot, eight can.
    const four = (n: number) =>
      ['movies', 'tweets', 'amazon', 'nyt'].flatMap((task) =>
        arms(
          Array.from({ length: n }, (_, i) => 0.02 + 0.0001 * i),
          { task },
        ),
      );
    const kinds = (n: number) => answerQuestion(four(n), question).cells.map(({ verdict }) => verdict.kind);
    expect(new Set(kinds(6))).toEqual(new Set(['not-enough-seeds']));
    expect(new Set(kinds(8))).toEqual(new Set(['better']));
  });

  test('waits for every declared seed', () => {
    const answer = answerQuestion(arms([0.02, 0.02, null, 0.02]), question).cells[0];
    expect(answer?.sentence).toBe('No verdict yet: 3 of 4 declared seeds in.');
    expect([answer?.p, answer?.pHolm, answer?.interval]).toEqual([null, null, null]);
  });

  test('calls arms identical that never chose differently', () => {
    const facts = {
      target: 'reached' as const,
      calibrated: true,
      stepsWithoutSurvivor: 0,
      choices: choices([[1, 2, 3, 4]]),
    };
    const answer = answerQuestion(arms([0, 0, 0], { prune: facts }), question).cells[0];
    expect(answer?.sentence).toBe('v4 and v3 are identical: they never chose differently.');
  });

  test('says that no test applies where every pair differs by the same', () => {
    const same = Array.from({ length: 8 }, () => 0);
    expect(sentenceOf(same)).toMatchInlineSnapshot(
      `"Every pair differs by 0 points, within the margin of 0.50 points; without spread no test applies (8 pairs)."`,
    );
  });

  test('counts each value of a group alike and pairs by seed', () => {
    const records = ['v3', 'v4', 'v5', 'v6'].flatMap((strategy, i) =>
      [1, 2].map((seed) => run({ strategy, seed, score: 0.5 + 0.1 * i + 0.01 * seed })),
    );
    const { cells } = answerQuestion(records, {
      ...question,
      groups: [
        ['v3', 'v4'],
        ['v5', 'v6'],
      ],
    });
    expect(cells[0]?.effect).toBeCloseTo(-0.2, 12);
    expect(cells[0]?.deviation).toBeCloseTo(0, 12);
  });

  test('is given for each task and over all of them', () => {
    const clear = [0.02, 0.018, 0.021, 0.019, 0.022, 0.017, 0.02, 0.023];
    const records = [
      ...arms(clear),
      ...arms(
        clear.map((d) => d / 10),
        { task: 'tweets' },
      ),
    ];
    const answer = answerQuestion(records, question);
    expect(answer.cells.map(({ label }) => label)).toEqual(['movies', 'tweets']);
    expect(answer.overall?.effect).toBeCloseTo(0.011, 12);
    expect(answer.interactions.map(({ sentence }) => sentence)).toMatchInlineSnapshot(`
      [
        "The difference depends on task (movies: +2.00, tweets: +0.20 points; change -1.80 points (95% -1.95 to -1.65); p 0.0078; 8 seeds).",
      ]
    `);
  });

  test('tells whether a difference depends on sparsity by its slope', () => {
    const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
    const records = [0.6, 0.8, 0.95].flatMap((sparsityAsked, level) =>
      arms(
        seeds.map((seed) => 0.01 * level + 0.0001 * seed),
        { sparsityAsked },
      ),
    );
    const [interaction] = answerQuestion(records, question).interactions;
    expect(interaction?.factor).toBe('sparsity');
    expect(interaction?.p).toBeCloseTo(2 / 2 ** 8, 12);
    expect(interaction?.change).toBeCloseTo(0.0196, 3);
  });

  test('names a factor that does not vary', () => {
    const answer = answerQuestion([run({ seed: 1 }), run({ seed: 2 })], question);
    expect(answer.cells[0]?.sentence).toBe(
      'Cannot be answered: no seed has runs with every one of v4, v3 as strategy.',
    );
  });

  test('says so where too few seeds could ever tell whether a difference depends on a factor', () => {
    const five = [1, 2, 3, 4, 5];
    const records = ['movies', 'tweets'].flatMap((task, i) =>
      arms(
        five.map((seed) => 0.05 * i + 0.001 * seed),
        { task },
      ),
    );
    expect(answerQuestion(records, question).interactions[0]?.sentence).toContain(
      'Not enough seeds to say whether the difference depends on task: at least 6 are needed (movies: +0.30, tweets: +5.30 points',
    );
  });

  test('tells dependence on a factor by t where there are more pairs than are counted exactly', () => {
    const many = Array.from({ length: 41 }, (_, i) => 0.0001 * (i % 7));
    const records = ['movies', 'tweets'].flatMap((task, i) =>
      arms(
        many.map((d, n) => d + i * (0.01 + 0.0001 * (n % 3))),
        { task },
      ),
    );
    expect(answerQuestion(records, question).interactions[0]?.pHolm).toBeLessThan(1e-6);
  });

  test('says what was averaged over, and in what else the groups differ', () => {
    const rates = (strategy: string, values: readonly number[]) =>
      [1, 2].flatMap((seed) =>
        values.map((rate) => run({ strategy, seed, parameters: { prune_learning_rate: rate } })),
      );
    const cautions = (of: readonly number[]) =>
      answerQuestion([...rates('v4', [1e-5, 2e-5]), ...rates('v3', of)], question).cautions;
    expect(cautions([1e-5, 2e-5])).toEqual(['Averaged over prune_learning_rate, each run of a value counting alike.']);
    expect(cautions([1e-5])[1]).toBe(
      'What is compared differs in prune_learning_rate too, so a difference need not be due to strategy.',
    );
    expect(answerQuestion(arms([0.1, 0.1]), question).cautions).toEqual([]);
  });

  test('says which seeds were left out because only one group was planned for them', () => {
    const answer = answerQuestion([...arms([0.01, 0.012]), run({ strategy: 'v4', seed: 9 })], question);
    expect(answer.cells[0]?.sentence).toContain('2 pairs). Left out: 1 seed that not every value was planned for.');
  });

  test('says why single examples were not tested', () => {
    const records = arms([0.01, 0.012], { task: 'cola' }).map((record) =>
      record.outcome ? { ...record, outcome: { ...record.outcome, metric: 'matthews_correlation' } } : record,
    );
    expect(answerLines(answerQuestion(records, question, { correctness: new Map() })).further).toContain(
      'No test on single examples: matthews_correlation is no mean over examples, as these tests need.',
    );
  });

  test('marks achieved sparsities that lie apart', () => {
    const records = arms([0.01, 0.012]).map((record) =>
      record.strategy === 'v3' && record.outcome
        ? { ...record, outcome: { ...record.outcome, sparsity: 0.593 } }
        : record,
    );
    expect(answerQuestion(records, question).cells[0]?.sentence).toContain(
      'Achieved sparsities differ by up to 0.7 points.',
    );
  });

  test('compares examples where predictions are stored', () => {
    const ids = Array.from({ length: 100 }, (_, i) => `${i}`);
    const records = arms([0.1, 0.1]);
    const correctness = new Map(
      records.map(({ runId, strategy }) => [
        runId,
        { ids, correct: ids.map((_, i) => i < (strategy === 'v4' ? 90 : 80)) },
      ]),
    );
    const examples = answerQuestion(records, question, { correctness }).cells[0]?.examples;
    if (examples?.kind !== 'tested') throw new Error('expected a test');
    expect(examples.mcnemar).toEqual([
      { replicate: '1', first: 10, second: 0, p: expect.closeTo(2 / 1024, 12) },
      { replicate: '2', first: 10, second: 0, p: expect.closeTo(2 / 1024, 12) },
    ]);
    expect(examples.interval.low).toBeGreaterThan(0.03);
    expect(examples.interval.high).toBeLessThan(0.18);
  });

  test('never says NaN, undefined or null, whatever is missing', () => {
    const sketch = fc.record({
      seed: fc.integer({ min: 1, max: 4 }),
      strategy: fc.constantFrom('v3', 'v4'),
      task: fc.constantFrom('movies', 'tweets'),
      sparsityAsked: fc.constantFrom(0.6, 0.9, null),
      score: fc.constantFrom(0, 0.5, 0.75),
      state: fc.constantFrom('finished' as const, 'waiting' as const, 'failed' as const),
    });
    fc.assert(
      fc.property(fc.array(sketch, { maxLength: 24 }), (sketches) => {
        const records = sketches.map((one) => run(one.state === 'finished' ? one : { ...one, outcome: null }));
        const { cells, overall, interactions } = answerQuestion(records, question);
        const sentences = [...cells, ...(overall ? [overall] : []), ...interactions].map(({ sentence }) => sentence);
        expect(sentences.length).toBeGreaterThan(0);
        for (const sentence of sentences) expect(sentence).not.toMatch(/NaN|undefined|null|Infinity/);
      }),
    );
  });
});
