import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { layersweep, type Workplace, workplace } from './cli-fixture.ts';

const table = `strategy,task,sparsity,seed,score
none,sst2,0.6,1,0.90
v4,sst2,0.6,1,0.91
`;

async function importFile(place: Workplace, name: string, content: string | Buffer, options: readonly string[] = []) {
  const file = join(dirname(place.sweepFile), name);
  writeFileSync(file, content);
  const { all, exitCode } = await layersweep(place, ['import', file, ...options]);
  return { file, all: String(all), exitCode };
}

test('results made elsewhere become a sweep of their own, which is read like any other', async () => {
  const place = workplace();
  const imported = await importFile(place, 'From W&B.csv', table);
  expect(imported).toMatchObject({ exitCode: 0, all: expect.stringContaining('2 of 2 runs finished') });
  expect(readFileSync(join(place.results, 'from-w-b', 'leaderboard.csv'), 'utf8')).toMatch(/^sst2,v4,.*,imported/m);
  const again = await importFile(place, 'From W&B.csv', table.replace('0.91', '0.95'));
  expect(again.all).toContain('95.00');
  const shown = await layersweep(place, ['leaderboard', 'from-w-b', '--filter', 'strategy=v4', '--format', 'csv']);
  expect(shown.stdout).toContain('sst2,v4,');
  expect((await layersweep(place, ['report', 'from-w-b'])).exitCode).toBe(0);
});

test.each<[string, string | Buffer, readonly string[], string]>([
  [
    'text that is not UTF-8',
    Buffer.from('task,strategy,seed,score\nsst2,v\xe9,1,0.9\n', 'latin1'),
    [],
    ':2: expected UTF-8',
  ],
  ['a table without scores', 'task,strategy,seed\n', [], 'Name them: --column score=NAME'],
  ['a sweep that is not there', table, ['--into', 'other'], 'There is no sweep `other`'],
  ['a sweep outside the results folder', table, ['--into', '../other'], 'There is no sweep `../other`'],
])('%s is refused in one sentence', async (_what, content, options, message) => {
  const { all, exitCode } = await importFile(workplace(), 'x.csv', content, options);
  expect({ exitCode, lines: all.split('\n').length }).toEqual({ exitCode: 1, lines: 1 });
  expect(all).toContain(message);
});
