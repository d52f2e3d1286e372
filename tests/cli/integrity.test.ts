import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { layersweep, type Workplace, workplaceIn } from './cli-fixture.ts';

const program = `import json, os, sys
folder = os.environ["LAYERSWEEP_OUTPUT_DIR"]
with open(os.path.join(folder, "model.bin"), "w") as file:
    file.write("weights " * 100)
with open(os.path.join(folder, "metrics.json"), "w") as file:
    json.dump({"accuracy": 0.5}, file)
`;

const dir = mkdtempSync(join(tmpdir(), 'layersweep-integrity-'));
const place = placeOf(`name: mine
backend: command
program: train.py
method: grid
metric: { name: accuracy }
parameters:
  lr: { values: [0.1, 0.2] }
`);
const journal = join(place.results, 'mine', 'journal.jsonl');
/** Of the stage that is damaged; each test leaves it finished. */
let stage = '';

beforeAll(async () => {
  writeFileSync(join(dir, 'train.py'), program);
  expect(await runAgain()).toMatchObject({ exitCode: 0, started: 2 });
  const [name = ''] = readdirSync(join(place.results, 'stages')).sort();
  stage = join(place.results, 'stages', name);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Any python does: this one is no stand-in for the project's. */
function placeOf(sweep: string): Workplace {
  const made = workplaceIn(dir, sweep);
  return { ...made, env: { ...made.env, LAYERSWEEP_PYTHON: 'python3' } };
}

async function runAgain(): Promise<{ all: string; exitCode: number | undefined; started: number }> {
  const { all, exitCode } = await layersweep(place, ['run', place.sweepFile]);
  return { all: String(all), exitCode, started: String(all).match(/^started/gm)?.length ?? 0 };
}

test.each<[string, () => void]>([
  ['its result is cut', () => truncateSync(join(stage, 'result.json'), 20)],
  ['its result is edited', () => replaceIn(join(stage, 'result.json'), '0.5', '0.9')],
  ['its result is gone', () => rmSync(join(stage, 'result.json'))],
  ['its folder is gone', () => rmSync(stage, { recursive: true })],
  ['its model is cut', () => truncateSync(join(stage, 'model.bin'), 20)],
  ['its model is edited', () => replaceIn(join(stage, 'model.bin'), 'weights', 'WEIGHTS')],
  ['its model is gone', () => rmSync(join(stage, 'model.bin'))],
  ['its seal is gone', () => rmSync(join(stage, 'seal.json'))],
  ['its seal is cut', () => truncateSync(join(stage, 'seal.json'), 20)],
])('a finished stage is marked and run again, it alone, where %s', async (_what, spoil) => {
  spoil();
  const again = await runAgain();
  expect(again).toMatchObject({ exitCode: 0, started: 1 });
  expect(readFileSync(join(stage, 'result.json'), 'utf8')).toContain('0.5');
  expect(readFileSync(join(stage, 'model.bin'), 'utf8')).toBe('weights '.repeat(100));
  expect((await runAgain()).started).toBe(0);
});

test('an earlier line of the journal that is torn is refused with the command that mends it', async () => {
  const lines = readFileSync(journal, 'utf8').split('\n');
  writeFileSync(journal, lines.map((line, i) => (i === 2 ? line.slice(0, 20) : line)).join('\n'));
  const refused = await runAgain();
  expect(refused.exitCode).toBe(1);
  expect(refused.all).toContain('npx layersweep repair mine');
  expect((await layersweep(place, ['repair', 'mine'])).exitCode).toBe(0);
  expect(await runAgain()).toMatchObject({ exitCode: 0, started: 0 });
});

test.each<[string, () => void]>([
  ['its files have other times', () => utimesSync(join(stage, 'model.bin'), 1e9, 1e9)],
  ['the last line of the journal is torn', () => appendFileSync(journal, '{"schemaVersion":1,"ev')],
  ['the journal is gone', () => rmSync(journal)],
  // The last: without claims, what only they and the journal tell is not known any more.
  ['its claims are gone', () => rmSync(join(stage, 'claims'), { recursive: true })],
])('what has finished stays finished where %s', async (_what, spoil) => {
  spoil();
  expect(await runAgain()).toMatchObject({ exitCode: 0, started: 0 });
});

function replaceIn(path: string, from: string, to: string): void {
  writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
}
