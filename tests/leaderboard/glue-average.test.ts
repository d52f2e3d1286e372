import { describe, expect, test } from 'vitest';
import { board, run, seeds } from './records-fixture.ts';

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
    // Seed 2 is planned for the other tasks only.
    expect(row?.planned).toBe(2);
  });

  test('waits for the seeds that have not finished every task', () => {
    const some = all.map((record) =>
      record.task === 'qqp' && record.seed === 2 ? { ...record, state: 'waiting' as const, outcome: null } : record,
    );
    const row = board(some).rows.find(({ task, strategy }) => task === 'GLUE average' && strategy === 'v4');
    expect([row?.scores.length, row?.planned]).toEqual([2, 3]);
    expect(row?.marks).toContain('waiting 1/3');
    expect(row?.difference.kind === 'compared' && row.difference.p).toBeNull();
  });

  test('fails with one of its tasks, and is left out where one is not there at all', () => {
    const [broken, ...rest] = all.filter(({ strategy }) => strategy === 'v4');
    if (!broken) throw new Error('expected a run');
    const wrong = { ...broken, parity: { kind: 'disagrees' as const, probe: 'step-1', difference: 'loss' } };
    expect(board([wrong, ...rest]).rows.find(({ task }) => task === 'GLUE average')?.parity.verdict).toBe('disagrees');
    expect(board(all.filter(({ task }) => task !== 'rte')).rows.some(({ task }) => task === 'GLUE average')).toBe(
      false,
    );
  });
});
