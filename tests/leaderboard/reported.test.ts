import { describe, expect, test } from 'vitest';
import { toMarkdown } from '../../src/leaderboard/to-markdown.ts';
import { board, run, seeds } from './records-fixture.ts';

describe('a reported score', () => {
  const setting = {
    model: 'bert-base-uncased',
    comparableToReported: true,
    split: 'dev',
    training: '',
    reduction: null,
  };
  const rte = (sketch: Parameters<typeof run>[0]) =>
    run({ task: 'rte', sparsityAsked: 0.95, setting, outcome: { examples: 277, sparsity: 0.95 }, ...sketch });

  test('stands beside a comparable row with its source, its difference and what chance allows', () => {
    const built = board(seeds.map((seed) => rte({ seed, score: 0.66 + seed / 1000 })));
    expect(built.rows[0]?.reported).toMatchObject({
      ...{ score: 66.1, sparsity: 96.2, method: 'CoFi', grade: 'source' },
      difference: expect.closeTo(0.1, 9),
      // √(0.661 · 0.339 / 277)
      tolerance: expect.closeTo(2.844, 3),
    });
    expect(built.rows[0]?.marks).toContain('reported at 96.2%');
    expect(toMarkdown(built)).toContain('+0.1 (2.8)');
    expect(toMarkdown(built)).toContain(
      'Reported for rte: 66.1 at 96.2% sparsity, CoFi, princeton-nlp/CoFiPruning README',
    );
  });

  test('is the one without a layer loss for arms without one', () => {
    const built = board(
      ['none', 'none-rescaled', 'v4'].map((strategy) =>
        rte({ strategy, task: 'sst2', outcome: { examples: 872, sparsity: 0.95 } }),
      ),
    );
    expect(built.rows.map(({ strategy, reported }) => [strategy, reported?.method, reported?.score])).toEqual([
      ['none', 'prediction loss only', 91.1],
      ['none-rescaled', 'prediction loss only', 91.1],
      ['v4', 'CoFi', 90.4],
    ]);
  });

  test('stands beside nothing else', () => {
    expect(board([rte({ setting: { ...setting, comparableToReported: false } })]).rows[0]?.reported).toBeNull();
    expect(board([rte({ sparsityAsked: 0.8 })]).rows[0]?.reported).toBeNull();
    expect(board([rte({ outcome: { metric: 'f1' } })]).rows[0]?.reported).toBeNull();
  });
});
