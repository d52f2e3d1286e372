import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildLeaderboard } from '../../src/leaderboard/build.ts';
import { toCsv } from '../../src/leaderboard/to-csv.ts';
import { toMarkdown } from '../../src/leaderboard/to-markdown.ts';
import { toTerminal } from '../../src/leaderboard/to-terminal.ts';
import { board, choices, run, seeds } from './records-fixture.ts';

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

  test('says how finished runs were trained, not how far others have come', () => {
    const setting = {
      model: 'm',
      comparableToReported: false,
      split: 's',
      training: 'pruned and finetuned',
      reduction: null,
    };
    const underWay = { ...setting, training: 'pruned' };
    const waiting = run({ seed: 2, state: 'waiting', outcome: null, setting: underWay });
    expect(board([run({ setting }), waiting]).notes).toContain('Training: pruned and finetuned.');
    expect(board([waiting]).notes).toContain('Training: pruned.');
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

describe('a comparison with the baseline', () => {
  const chosen = (last: number) => ({
    target: 'reached' as const,
    calibrated: true,
    stepsWithoutSurvivor: 0,
    choices: choices([[1, 2, 3, last]]),
  });

  test('is none where neither choices nor scores ever differed', () => {
    const built = buildLeaderboard(
      ['v3', 'v4'].flatMap((strategy) => seeds.map((seed) => run({ strategy, seed, prune: chosen(4) }))),
      { name: 'demo', baseline: 'v3' },
    );
    const v4 = built.rows.find(({ strategy }) => strategy === 'v4');
    expect(v4?.difference).toEqual({ kind: 'identical' });
    expect(toMarkdown(built)).toContain('| identical |');
  });

  test('calls nothing identical before every seed is in', () => {
    const built = board([
      run({ strategy: 'v3', seed: 1, prune: chosen(4) }),
      run({ strategy: 'v4', seed: 1, prune: chosen(4), state: 'waiting', outcome: null }),
    ]);
    expect(built.rows.flatMap(({ identicalTo, sameChoices }) => [...identicalTo, ...sameChoices])).toEqual([]);
  });

  test('may be to one of several arms of a strategy, named as the table names it', () => {
    const records = [2, 4].flatMap((k) => seeds.map((seed) => run({ seed, k, parameters: { k } })));
    const built = buildLeaderboard(records, { name: 'demo', baseline: 'v4 (k 2)' });
    expect(built.rows.map(({ k, difference }) => [k, difference.kind])).toEqual([
      [2, 'baseline'],
      [4, 'compared'],
    ]);
    expect(buildLeaderboard(records, { name: 'demo', baseline: 'v4' }).notes).toContain(
      'Not compared with `v4`: 2 rows (2 rows would fit: name one of v4 (k 2); v4 (k 4)).',
    );
  });

  test("stands beside its teachers' mean score, where it is known", () => {
    const taught = (seed: number, teacherScore: number | null) => run({ seed, outcome: { teacherScore } });
    expect(board([taught(1, 0.8), taught(2, 0.9)]).rows[0]?.teacherScore).toBeCloseTo(0.85);
    expect(board([taught(1, null)]).rows[0]?.teacherScore).toBeNull();
  });

  test('is marked where models answer no better than the majority class', () => {
    const built = board([1, 2, 3].map((seed) => run({ seed, score: seed === 3 ? 0.7 : 0.5 })));
    expect(built.rows[0]?.marks).toEqual(['no better than majority 2/3']);
    expect(built.notes.join(' ')).toContain('score no more than the same answer to everything would');
    expect(board([run({ score: 0.5, outcome: { majorityClass: null } })]).rows[0]?.marks).toEqual([]);
  });

  test('is marked where sparsities lie apart, or are unknown', () => {
    const marksWith = (sparsity: number | null) =>
      board([run({ strategy: 'none' }), run({ outcome: { sparsity } })]).rows.find(({ strategy }) => strategy === 'v4')
        ?.marks;
    expect(marksWith(0.6019)).toEqual([]);
    expect(marksWith(0.5979)).toEqual(['sparsity gap 0.21']);
    expect(marksWith(0.597962)).toEqual(['sparsity gap 0.204']);
    expect(marksWith(0.598)).toEqual([]);
    expect(marksWith(0.55)).toEqual(['sparsity gap 5.0']);
    expect(marksWith(null)).toEqual(['sparsity unknown']);
  });
});
