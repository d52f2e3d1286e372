import { describe, expect, test } from 'vitest';
import { buildLeaderboard } from '../../src/leaderboard/build.ts';
import { importTable } from '../../src/leaderboard/import-table.ts';
import { recordOfImport } from '../../src/leaderboard/imported-result.ts';
import { run } from './records-fixture.ts';

const wandb = `\uFEFF"Name","State","task_name","layer_distill_version","target_sparsity","seed","eval/accuracy"\r
"a-1","finished","RTE","3","0.95","1","0.66"\r
"a-2","finished","RTE","4","0.95","1","0.67"\r
"a-3","crashed","RTE","4","0.95","2",""\r
`;

describe('a table made elsewhere', () => {
  test('of W&B is read by its own names, upstream strategies by theirs', () => {
    const { results, notes } = importTable(wandb, 'wandb.csv');
    expect(results.map(({ task, strategy, sparsity, seed, score }) => [task, strategy, sparsity, seed, score])).toEqual(
      [
        ['rte', 'published/v3', 0.95, 1, 0.66],
        ['rte', 'published/v4', 0.95, 1, 0.67],
      ],
    );
    expect(notes).toEqual([
      'wandb.csv: scores from column `eval/accuracy`, read as shares of 1.',
      'wandb.csv: 1 row left out, whose state is not "finished".',
    ]);
  });

  test('may be in percent, with semicolons, under names that are given', () => {
    const text = 'aufgabe;arm;ziel;seed;punkte\nSTS-B;v4;60;1;88.5\n';
    const { results } = importTable(text, 'x.csv', { task: 'aufgabe', score: 'punkte', sparsity: 'ziel' });
    expect(results).toMatchObject([
      { task: 'stsb', strategy: 'v4', sparsity: 0.6, score: 0.885, metric: 'combined_score' },
    ]);
  });

  test('may have decimal commas where semicolons part its columns', () => {
    const { results } = importTable('task;strategy;sparsity;seed;score\r\nSST-2;v4;0,6;1;0,885\r\n', 'x.csv');
    expect(results).toMatchObject([{ sparsity: 0.6, seed: 1, score: 0.885 }]);
    expect(() => importTable('task,strategy,seed,score\nsst2,v4,1,"0,885"\n', 'x.csv')).toThrow('found "0,885"');
  });

  test.each(['0x10', '1_0', 'Infinity', '1e400', '0b1', '--1', '.'])('has no number %s', (score) => {
    expect(() => importTable(`task,strategy,seed,score\nsst2,v4,1,${score}\n`, 'x.csv')).toThrow(
      `x.csv:2 column \`score\`: expected a number, found "${score}"`,
    );
  });

  test('has seeds that are whole and not too great to be told apart', () => {
    expect(() => importTable('task,strategy,seed,score\nsst2,v4,9007199254740993,0.5\n', 'x.csv')).toThrow(
      'column `seed`: expected a whole number',
    );
  });

  test('may have no sparsity, as dense models have none: they are one group, and the table says so', () => {
    const text = 'task,strategy,seed,score\nmovies,none,1,0.7\nmovies,v4,1,0.75\n';
    const { results, notes } = importTable(text, 'x.csv');
    expect(results.map(({ sparsity }) => sparsity)).toEqual([null, null]);
    expect(notes).toContain(
      'x.csv: no column for sparsity (`--column sparsity=NAME` names one): taken as all of one sparsity.',
    );
    const { rows } = buildLeaderboard(results.map(recordOfImport), { name: 'x' });
    expect(rows.map(({ strategy, difference }) => [strategy, difference.kind])).toEqual([
      ['v4', 'compared'],
      ['none', 'baseline'],
    ]);
    const withSparsity = importTable('task,strategy,seed,score,sparsity\nmovies,none,1,0.7,0.6\n', 'x.csv');
    expect(withSparsity.notes.join()).not.toContain('no column for sparsity');
  });

  test('stands in the leaderboard marked, compared with imported runs only, and without parity', () => {
    const { results } = importTable(
      'task,strategy,sparsity,seed,score\nmovies,none,0.6,1,0.7\nmovies,v4,0.6,1,0.75\n',
      'x.csv',
    );
    const { rows } = buildLeaderboard(
      [...results.map(recordOfImport), run({ strategy: 'none', seed: 1, score: 0.2 })],
      { name: 'x' },
    );
    const imported = rows.find(({ strategy }) => strategy === 'v4');
    expect(imported?.marks).toEqual(['sparsity unknown', 'imported']);
    expect(imported?.parity).toEqual({ verdict: 'none', probes: 0, details: ['imported: no probes'] });
    expect(imported?.difference.kind === 'compared' && imported.difference.comparison.mean).toBeCloseTo(0.05, 12);
  });

  test.each([
    ['', 'x.csv: Expected a table with a header, found an empty file'],
    [
      'task,seed\nrte,1\n',
      'x.csv:1 Expected columns for strategy, score, found: task, seed. Name them: --column strategy=NAME --column score=NAME',
    ],
    [
      'task,strategy,seed,score\nrte,v3,1\n',
      'x.csv: Expected CSV: Invalid Record Length: columns length is 4, got 3 on line 2',
    ],
    [
      'task,strategy,seed,score,state\nrte,v3,1,0.5,running\n',
      'x.csv: Expected at least one finished run, found 1 row and none finished',
    ],
  ])('that is not one gets one clear error: %j', (text, message) => {
    expect(() => importTable(text, 'x.csv')).toThrow(message);
  });

  test.each([
    [
      'task,strategy,seed,score\nrte,v3,1,66.1\nrte,v4,1,0.661\n',
      'x.csv:3 column `score`: found 0.661 beside 66.1: write all in percent, or all as shares of 1',
    ],
    ['task,strategy,seed,score,score\nrte,v3,1,0.5,0.6\n', 'x.csv:1 Expected each column once, found `score` twice'],
    [
      'task,strategy,seed,score,achieved_sparsity\nrte,v3,1,0.5,950\n',
      'x.csv:2 column `achieved_sparsity`: expected a share of 1 or percent, found 950',
    ],
    ['task,strategy,seed,score,k\nrte,v3,1,0.5,2.5\n', 'x.csv:2 column `k`: expected a number of layers, found 2.5'],
    [
      'task,strategy,seed,score,ratio\nrte,v3,1,0.7,0.6\nrte,v3,1,0.6,0.9\n',
      'x.csv:3: the same task, strategy, k, sparsity and seed as x.csv:2 (rte, v3, seed 1): keep one, or name what tells them apart: --column sparsity=NAME',
    ],
    ['task,strategy,seed,score\nrte,v3,1,"88,5"\n', 'x.csv:2 column `score`: expected a number, found "88,5"'],
    ['task,strategy,seed,score\nrte,v3,1,NaN\n', 'x.csv:2 column `score`: expected a number, found "NaN"'],
  ])('that would be misread gets one clear error: %j', (text, message) => {
    expect(() => importTable(text, 'x.csv')).toThrow(message);
  });

  test('has every wrong field named at once', () => {
    const text = 'task,strategy,seed,score\nfoo,v3,1,high\nRTE,,1.5,700\nRTE,v3,1,0.5\nRTE,v3,1,0.6\n';
    expect(() => importTable(text, 'x.csv')).toThrowErrorMatchingInlineSnapshot(`
      [ImportError: x.csv:2 column \`task\`: expected a task (cola, sst2, mrpc, stsb, qqp, mnli, qnli, rte, movies, tweets, amazon, nyt), found "foo"
      x.csv:2 column \`score\`: expected a number, found "high"
      x.csv:3 column \`strategy\`: expected the name of a strategy, found nothing
      x.csv:3 column \`seed\`: expected a whole number, found 1.5
      x.csv:3 column \`score\`: expected a share of 1 or percent, found 700
      x.csv:5: the same task, strategy, k, sparsity and seed as x.csv:4 (rte, v3, seed 1): keep one, or name what tells them apart: --column sparsity=NAME]
    `);
  });
});
