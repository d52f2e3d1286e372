import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually, layersweep, type Workplace, workplace } from './cli-fixture.ts';

const planted = {
  environment: 'planted-in-the-environment-1',
  parameter: 'planted-as-a-parameter-2',
  word: 'planted-in-the-command-3',
  output: `hf_${'PlantedInTheOutput'.repeat(2)}`,
};

/** Prints all that it was told, and fails for lr 0.5 with a secret in its last words. */
const indiscreet = `import os, sys
print("argv", sys.argv, "token=planted-by-name-4", file=sys.stderr)
print("environment", dict(os.environ))
print("${planted.output}")
if "--lr=0.5" in sys.argv:
    sys.exit("refused: " + os.environ["HUB_TOKEN"] + " Bearer planted-bearer-5")
print("wandb: accuracy 0.5")
`;

function indiscreetPlace(): Workplace {
  const place = workplace(`name: mine
backend: command
program: train.py
command: ["\${env}", python3, "\${program}", "\${args}", --password, ${planted.word}]
method: grid
metric: { name: accuracy }
parameters:
  lr: { values: [0.1, 0.5] }
  api_key: { value: ${planted.parameter} }
`);
  writeFileSync(join(dirname(place.sweepFile), 'train.py'), indiscreet);
  return place;
}

test('what is told in confidence is in no file of the results and in no output, wherever it came from', async () => {
  const place = indiscreetPlace();
  const env = { HUB_TOKEN: planted.environment, DB_PASSWORD: planted.environment.toUpperCase() };
  const outputs: string[] = [];
  for (const args of [
    ['run', place.sweepFile],
    ['status', 'mine'],
    ['status', 'mine', '--json'],
    ['logs', 'lr=0.5', '--sweep', 'mine'],
    ['leaderboard', 'mine'],
    ['why-rerun', 'lr=', place.sweepFile],
  ]) {
    const { all } = await layersweep(place, args, env);
    outputs.push(String(all));
  }
  expect(outputs[0]).toContain('refused: ***');
  expect(outputs[3]).toContain('argv');
  const written = readdirSync(place.results, { recursive: true, encoding: 'utf8' })
    .map((name) => join(place.results, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
  expect(written.length).toBeGreaterThan(15);
  const told = [...written, ...outputs.map((text, i) => ({ path: `output ${i}`, text }))];
  const found = told.flatMap(({ path, text }) =>
    [...text.matchAll(/planted[-\w]*\d|HF_Planted\w*|hf_Planted\w*/gi)].map(([secret]) => `${path}: ${secret}`),
  );
  expect(found).toEqual([]);
});

test('a log never holds what a stage was told in confidence, not while it runs and not when its orchestrator is gone', async () => {
  const place = workplace(`name: mine
backend: command
program: train.sh
command: [sh, "\${program}", "\${output_dir}"]
method: grid
metric: { name: accuracy }
parameters:
  lr: { values: [0.1] }
`);
  const go = join(dirname(place.sweepFile), 'go');
  const script = `echo "I was told $HUB_TOKEN"; until [ -e ${go} ]; do sleep 0.05; done; echo "$HUB_TOKEN" >&2; echo 'wandb: accuracy 0.5'; printf last`;
  writeFileSync(join(dirname(place.sweepFile), 'train.sh'), script);
  const env = { HUB_TOKEN: planted.environment };
  const run = layersweep(place, ['run', place.sweepFile], env);
  await eventually(() => textOf(place.results, 'stdout.log')).toBe('I was told ***\n');
  const { all: status } = await layersweep(place, ['status', '--json']);
  process.kill((JSON.parse(String(status)) as { holder: { pid: number } }).holder.pid, 'SIGKILL');
  await run;
  const following = layersweep(place, ['logs', '-f'], env);
  writeFileSync(go, '');
  await eventually(() => textOf(place.results, 'exit.json')).toContain('"code":0');
  expect(textOf(place.results, 'stdout.log')).toBe('I was told ***\nwandb: accuracy 0.5\nlast');
  expect(textOf(place.results, 'stderr.log')).toBe('***\n');
  expect(String((await following).all)).not.toContain(planted.environment);
  expect((await layersweep(place, ['run', place.sweepFile], env)).exitCode).toBe(0);
  expect((await layersweep(place, ['logs', 'lr=0.1'], env)).all).toMatchInlineSnapshot(`
    "lr=0.1 | I was told ***
    lr=0.1 | wandb: accuracy 0.5
    lr=0.1 | last
    lr=0.1 | ***"
  `);
});

/** Of all files of this name in a folder. */
function textOf(folder: string, name: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => basename(path) === name)
    .map((path) => readFileSync(join(folder, path), 'utf8'))
    .join('');
}

test("why-rerun names what differs in a run of the user's own program", async () => {
  const place = indiscreetPlace();
  const file = readFileSync(place.sweepFile, 'utf8').replace('[0.1, 0.5]', '[0.1]');
  writeFileSync(place.sweepFile, file);
  await layersweep(place, ['run', place.sweepFile]);
  writeFileSync(place.sweepFile, file.replace('[0.1]', '[0.2]').replace('name: accuracy', 'name: f1'));
  const { all } = await layersweep(place, ['why-rerun', 'lr=0.2', place.sweepFile]);
  expect(String(all).replaceAll(/command-[0-9a-f]{16}/g, 'command-KEY')).toMatchInlineSnapshot(`
    "lr=0.2 api_key=*** (command-KEY): nearest is command-KEY, which differs in
      metric: accuracy → f1
      parameters.lr: 0.1 → 0.2"
  `);
});
