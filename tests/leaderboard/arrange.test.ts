import { describe, expect, test } from 'vitest';
import { arrange } from '../../src/leaderboard/arrange.ts';
import { toTerminal } from '../../src/leaderboard/to-terminal.ts';
import { board, run } from './records-fixture.ts';

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
    expect(names(arrange(built, { ...plain, sort: { column: 'score', descending: false } }))[0]?.[0]).toBe(
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

test('a table that is too wide for the terminal has letters for its marks, with their meaning below', () => {
  const built = board([
    run({ strategy: 'none' }),
    run({ strategy: 'v4', outcome: { sparsity: 0.55 } }),
    run({ strategy: 'v6', outcome: { sparsity: 0.5, majorityClass: 0.9 } }),
  ]);
  expect(toTerminal(built, 80).split('\n').slice(2, 10)).toMatchInlineSnapshot(`
    [
      "task    strategy  k  achieved  score ± sd  n  vs none  p (Holm)  parity  marks",
      "──────  ────────  ─  ────────  ──────────  ─  ───────  ────────  ──────  ─────",
      "movies  none             60.0       80.00  1        –            ok (3)",
      "movies  v4        4      55.0       80.00  1     0.00    1.0000  ok (3)  a",
      "movies  v6        4      50.0       80.00  1     0.00    1.0000  ok (3)  b c",
      "",
      "3 of 3 runs finished, 0 failed, 0 waiting. Scores and sparsities in percent.",
      "Marks: a sparsity gap 5.0; b no better than majority 1/1; c sparsity gap 10.0.",
    ]
  `);
});
