import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arrange } from '../../src/leaderboard/arrange.ts';
import { buildLeaderboard } from '../../src/leaderboard/build.ts';
import type { RunRecord } from '../../src/leaderboard/records.ts';
import { toCsv } from '../../src/leaderboard/to-csv.ts';
import { toMarkdown } from '../../src/leaderboard/to-markdown.ts';
import { toTerminal } from '../../src/leaderboard/to-terminal.ts';
import { choices, run } from './records-fixture.ts';

const seeds = [1, 2, 3];

function board(records: readonly RunRecord[]) {
  return buildLeaderboard(records, { name: 'demo' });
}

describe('a leaderboard', () => {
  test('has one row a configuration, over its seeds', () => {
    const { rows } = board(
      seeds.flatMap((seed) => [run({ seed, score: (80 + seed) / 100 }), run({ seed, strategy: 'none', score: 0.8 })]),
    );
    expect(rows.map(({ strategy, scores }) => [strategy, scores.map(({ score }) => score)])).toEqual([
      ['v4', [0.81, 0.82, 0.83]],
      ['none', [0.8, 0.8, 0.8]],
    ]);
    expect(rows[0]?.summary?.mean).toBeCloseTo(0.82, 12);
    expect(rows[0]?.summary?.deviation).toBeCloseTo(0.01, 12);
  });

  test('pairs differences to the baseline by seed, never by order', () => {
    const { rows } = board([
      run({ seed: 1, score: 0.9 }),
      run({ seed: 2, score: 0.7 }),
      run({ seed: 2, strategy: 'none', score: 0.6 }),
      run({ seed: 1, strategy: 'none', score: 0.85 }),
      run({ seed: 3, strategy: 'none', score: 0.1 }),
    ]);
    const [row] = rows;
    if (row?.difference.kind !== 'compared') throw new Error('expected a comparison');
    expect(row.difference.comparison.n).toBe(2);
    expect(row.difference.comparison.mean).toBeCloseTo(0.075, 12);
  });

  test('compares within a task and sparsity only', () => {
    const { rows } = board([run({ task: 'tweets' }), run({ strategy: 'none' }), run({ sparsityAsked: 0.8 })]);
    expect(rows.map(({ difference }) => difference.kind)).toEqual(['baseline', 'not-compared', 'not-compared']);
  });

  test('calls arms identical whose choices never differed', () => {
    const facts = (last: number) => ({
      target: 'reached' as const,
      calibrated: true,
      stepsWithoutSurvivor: 0,
      choices: choices([
        [1, 2, 3, 4],
        [1, 2, 3, last],
      ]),
    });
    const { rows } = board([
      run({ strategy: 'v3', prune: facts(4) }),
      run({ strategy: 'v4', prune: facts(4) }),
      run({ strategy: 'v5', prune: facts(5) }),
    ]);
    const v3 = rows.find(({ strategy }) => strategy === 'v3');
    expect(v3?.identicalTo).toEqual(['v4']);
    expect(v3?.choices).toEqual([
      { arm: 'v4', share: 0, steps: 2 },
      { arm: 'v5', share: 0.5, steps: 2 },
    ]);
    expect(v3?.marks).toContain('identical to v4');
  });

  test('fails a row of which one probe disagrees', () => {
    const { rows, notes } = board([
      run({ seed: 1 }),
      run({
        seed: 2,
        parity: { kind: 'disagrees', probe: 'probes/step-100.safetensors', difference: 'loss 1.5, expected 1.25' },
      }),
    ]);
    expect(rows[0]?.parity.verdict).toBe('disagrees');
    expect(rows[0]?.marks[0]).toBe('PARITY FAILED');
    expect(notes.join()).toContain('probes/step-100.safetensors: loss 1.5, expected 1.25');
  });

  test('says how many seeds would do where no p can be small enough', () => {
    const arms = ['v3', 'v4', 'v5', 'v6', 'none'];
    const six = board(arms.flatMap((strategy) => [1, 2, 3, 4, 5, 6].map((seed) => run({ strategy, seed }))));
    const eight = board(arms.flatMap((strategy) => [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => run({ strategy, seed }))));
    expect(six.notes).toContain('Not enough seeds to say: 6 seeds and 4 arms cannot reach p 0.05; 8 seeds would do.');
    expect(eight.notes.join()).not.toContain('Not enough seeds');
  });

  test('is the same whatever the order of its records', () => {
    const records = ['none', 'v3', 'v4'].flatMap((strategy, i) =>
      seeds.map((seed) => run({ strategy, seed, score: 0.8 + i / 100 })),
    );
    const expected = toMarkdown(board(records));
    fc.assert(
      fc.property(fc.shuffledSubarray(records, { minLength: records.length }), (shuffled) => {
        expect(toMarkdown(board(shuffled))).toBe(expected);
      }),
    );
  });

  test('never says NaN, undefined or null, whatever runs are missing', () => {
    const sketch = fc.record({
      seed: fc.integer({ min: 0, max: 3 }),
      strategy: fc.constantFrom('none', 'v3', 'v4'),
      task: fc.constantFrom('movies', 'elsewhere'),
      score: fc.constantFrom(0, 0.5, 1),
      sparsityAsked: fc.constantFrom(0.6, null),
      done: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(sketch, { maxLength: 12 }), (sketches) => {
        const records = sketches.map(({ done, ...rest }) =>
          run(done ? rest : { ...rest, state: 'waiting', outcome: null }),
        );
        const built = board(records);
        for (const text of [toMarkdown(built), toCsv(built), toTerminal(built, 120)]) {
          expect(text).not.toMatch(/NaN|undefined|null|Infinity/);
        }
      }),
    );
  });
});

describe('written forms', () => {
  test('escape names that a spreadsheet, a page or a terminal would act on', () => {
    const built = board([run({ strategy: '=cmd|" /C calc"!A1' }), run({ strategy: '<b>|x</b>\u001b[31m', seed: 2 })]);
    expect(toCsv(built)).toContain(`"'=cmd|"" /C calc""!A1"`);
    expect(toMarkdown(built)).toContain('\\<b\\>\\|x\\</b\\>');
    expect(toTerminal(built, 200)).not.toContain('\u001b');
  });

  test('keep to the width of the terminal by leaving columns out, and say so', () => {
    const text = toTerminal(board(seeds.map((seed) => run({ seed }))), 60);
    const table = text.split('\n').slice(2, 5);
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(text).toContain('Not shown here for want of room');
  });
});

describe('an arranged leaderboard', () => {
  const built = board(
    ['none', 'v3', 'v4'].flatMap((strategy, i) =>
      ['movies', 'tweets'].map((task, j) => run({ strategy, task, score: 0.8 + i / 100 - j / 10 })),
    ),
  );
  const plain = { sort: null, filters: [], groupBy: null };
  const names = (boards: readonly { rows: readonly { task: string; strategy: string }[] }[]) =>
    boards.map(({ rows }) => rows.map(({ task, strategy }) => `${task} ${strategy}`));

  test('is sorted by any column', () => {
    expect(names(arrange(built, { ...plain, sort: { column: 'strategy', descending: true } }))[0]?.slice(0, 2)).toEqual(
      ['movies v4', 'tweets v4'],
    );
    expect(names(arrange(built, { ...plain, sort: { column: 'score_mean', descending: false } }))[0]?.[0]).toBe(
      'tweets none',
    );
  });

  test('is filtered by values and divided into groups', () => {
    expect(
      names(arrange(built, { ...plain, filters: [{ column: 'strategy', values: ['v3', 'v4'] }], groupBy: 'task' })),
    ).toEqual([
      ['movies v4', 'movies v3'],
      ['tweets v4', 'tweets v3'],
    ]);
  });

  test('says which columns and values there are', () => {
    expect(() => arrange(built, { ...plain, groupBy: 'colour' })).toThrow(
      'There is no column `colour`. There are: task, strategy, k',
    );
    expect(() => arrange(built, { ...plain, filters: [{ column: 'task', values: ['rte'] }] })).toThrow(
      'Column `task` has: movies, tweets',
    );
  });
});

describe('the GLUE average', () => {
  const glue = ['cola', 'sst2', 'mrpc', 'stsb', 'qqp', 'mnli', 'qnli', 'rte'];
  const metricOf = (task: string) => (task === 'cola' ? 'matthews_correlation' : 'accuracy');
  const all = glue.flatMap((task, i) =>
    ['none', 'v4'].flatMap((strategy, arm) =>
      seeds.map((seed) =>
        run({ task, strategy, seed, score: 0.5 + i / 100 + arm / 50, outcome: { metric: metricOf(task) } }),
      ),
    ),
  );

  test('is the mean of the eight tasks by seed, compared like any row', () => {
    const row = board(all).rows.find(({ task, strategy }) => task === 'GLUE average' && strategy === 'v4');
    expect(row?.summary?.mean).toBeCloseTo(0.5 + 0.28 / 8 + 0.02, 12);
    expect(row?.scores).toHaveLength(3);
    expect(row?.difference.kind === 'compared' && row.difference.comparison.mean).toBeCloseTo(0.02, 12);
  });

  test('is there only for seeds that have every task', () => {
    const some = all.filter(({ task, seed }) => !(task === 'qqp' && seed === 2));
    const row = board(some).rows.find(({ task, strategy }) => task === 'GLUE average' && strategy === 'v4');
    expect(row?.scores.map(({ replicate }) => replicate)).toEqual(['1', '3']);
    expect(board(all.filter(({ task }) => task !== 'rte')).rows.some(({ task }) => task === 'GLUE average')).toBe(
      false,
    );
  });
});
