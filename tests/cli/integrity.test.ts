import { appendFileSync, readdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { layersweep, type Workplace, workplace } from './cli-fixture.ts';

const program = `import json, os, sys
folder = os.environ["LAYERSWEEP_OUTPUT_DIR"]
with open(os.path.join(folder, "model.bin"), "w") as file:
    file.write("weights " * 100)
with open(os.path.join(folder, "metrics.json"), "w") as file:
    json.dump({"accuracy": 0.5}, file)
`;

async function finishedSweep(): Promise<{ place: Workplace; stage: string; journal: string }> {
  const place = workplace(`name: mine
backend: command
program: train.py
method: grid
metric: { name: accuracy }
parameters:
  lr: { values: [0.1, 0.2] }
`);
  writeFileSync(join(dirname(place.sweepFile), 'train.py'), program);
  // Any python does: this one is no stand-in for the project's.
  const own = { ...place, env: { ...place.env, LAYERSWEEP_PYTHON: 'python3' } };
  const { all, exitCode } = await layersweep(own, ['run', place.sweepFile]);
  expect(exitCode, String(all)).toBe(0);
  const [name = ''] = readdirSync(join(place.results, 'stages')).sort();
  const journal = join(place.results, 'mine', 'journal.jsonl');
  return { place: own, stage: join(place.results, 'stages', name), journal };
}

async function runAgain(place: Workplace): Promise<{ all: string; exitCode: number | undefined; started: number }> {
  const { all, exitCode } = await layersweep(place, ['run', place.sweepFile]);
  return { all: String(all), exitCode, started: String(all).match(/^started/gm)?.length ?? 0 };
}

test.each<[string, (stage: string) => void]>([
  ['its result is cut', (stage) => truncateSync(join(stage, 'result.json'), 20)],
  ['its result is edited', (stage) => replaceIn(join(stage, 'result.json'), '0.5', '0.9')],
  ['its result is gone', (stage) => rmSync(join(stage, 'result.json'))],
  ['its folder is gone', (stage) => rmSync(stage, { recursive: true })],
  ['its model is cut', (stage) => truncateSync(join(stage, 'model.bin'), 20)],
  ['its model is edited', (stage) => replaceIn(join(stage, 'model.bin'), 'weights', 'WEIGHTS')],
  ['its model is gone', (stage) => rmSync(join(stage, 'model.bin'))],
  ['its seal is gone', (stage) => rmSync(join(stage, 'seal.json'))],
  ['its seal is cut', (stage) => truncateSync(join(stage, 'seal.json'), 20)],
])('a finished stage is marked and run again, it alone, where %s', async (_what, spoil) => {
  const { place, stage } = await finishedSweep();
  spoil(stage);
  const again = await runAgain(place);
  expect(again).toMatchObject({ exitCode: 0, started: 1 });
  expect(readFileSync(join(stage, 'result.json'), 'utf8')).toContain('0.5');
  expect(readFileSync(join(stage, 'model.bin'), 'utf8')).toBe('weights '.repeat(100));
  expect((await runAgain(place)).started).toBe(0);
});

test.each<[string, (stage: string, journal: string) => void]>([
  ['its claims are gone', (stage) => rmSync(join(stage, 'claims'), { recursive: true })],
  ['its files have other times', (stage) => utimesSync(join(stage, 'model.bin'), 1e9, 1e9)],
  ['the last line of the journal is torn', (_, journal) => appendFileSync(journal, '{"schemaVersion":1,"ev')],
  ['the journal is gone', (_, journal) => rmSync(journal)],
])('what has finished stays finished where %s', async (_what, spoil) => {
  const { place, stage, journal } = await finishedSweep();
  spoil(stage, journal);
  expect(await runAgain(place)).toMatchObject({ exitCode: 0, started: 0 });
});

test('an earlier line of the journal that is torn is refused with the command that mends it', async () => {
  const { place, journal } = await finishedSweep();
  const lines = readFileSync(journal, 'utf8').split('\n');
  writeFileSync(journal, lines.map((line, i) => (i === 2 ? line.slice(0, 20) : line)).join('\n'));
  const refused = await runAgain(place);
  expect(refused.exitCode).toBe(1);
  expect(refused.all).toContain('npx layersweep repair mine');
  expect((await layersweep(place, ['repair', 'mine'])).exitCode).toBe(0);
  expect(await runAgain(place)).toMatchObject({ exitCode: 0, started: 0 });
});

function replaceIn(path: string, from: string, to: string): void {
  writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
}
