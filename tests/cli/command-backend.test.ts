import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { layersweep, type Workplace, workplace } from './cli-fixture.ts';

/** Scores come from a file; the run with lr 0.5 fails. */
const toFile = `import json, os, sys
arguments = dict(word[2:].split("=", 1) for word in sys.argv[1:])
if arguments["lr"] == "0.5":
    sys.exit("lr is too large")
with open(os.path.join(os.environ["LAYERSWEEP_OUTPUT_DIR"], "metrics.json"), "w") as file:
    json.dump({"accuracy": float(arguments["lr"]) + float(arguments["seed"]) / 100, "note": arguments["note"]}, file)
`;

/** As W&B prints them at a run's end. */
const toLog = `import sys
print("training")
print("wandb: Run summary:")
print("wandb:        loss 0.25")
print("wandb:    accuracy 0.75")
`;

function commandPlace(program: string, lrs: string): Workplace {
  const place = workplace(`name: mine
backend: command
program: train.py
command: ["\${env}", python3, "\${program}", "\${args}"]
method: grid
metric: { name: accuracy }
parameters:
  lr: { values: ${lrs} }
  seed: { values: [1, 2] }
  note: { value: "; echo 'oops' $HOME" }
`);
  writeFileSync(join(dirname(place.sweepFile), 'train.py'), program);
  return place;
}

test("a user's own program is swept, scored by the file that it leaves, and not run again", async () => {
  const place = commandPlace(toFile, '[0.1, 0.3]');
  const { all, exitCode } = await layersweep(place, ['run', place.sweepFile]);
  expect(exitCode, all).toBe(0);
  expect(readFileSync(join(place.results, 'mine', 'leaderboard.csv'), 'utf8')).toBe(
    `lr,note,accuracy,sd,n\n0.3,; echo 'oops' $HOME,0.315,0.0070711,2\n0.1,; echo 'oops' $HOME,0.115,0.0070711,2\n`,
  );
  const again = await layersweep(place, ['run', place.sweepFile]);
  expect(again.all).toContain('mine: 4 stages finished');
  expect(again.all).not.toContain('started');
});

test('the score of an attempt that was preempted is not taken for that of the next one', async () => {
  const program = `import os, sys
path = os.path.join(os.environ["LAYERSWEEP_OUTPUT_DIR"], "metrics.json")
if not os.path.exists(path):
    with open(path, "w") as file:
        file.write('{"accuracy": 0.9}')
    sys.exit(75)
print("wandb: accuracy 0.1")
`;
  const place = commandPlace(program, '[0.1]');
  const { all } = await layersweep(place, ['run', place.sweepFile]);
  expect(all).toContain('again     lr=0.1 seed=1');
  expect(readFileSync(join(place.results, 'mine', 'leaderboard.csv'), 'utf8')).toContain(',0.1,0,2');
});

test('a value of several lines is shown on one', async () => {
  const place = commandPlace(toLog, String.raw`["one\ntwo\e[2J"]`);
  const { all } = await layersweep(place, ['run', place.sweepFile]);
  expect(all).toContain(String.raw`started   lr=one\ntwo\u001b[2J seed=1`);
  expect(all).toContain(String.raw`one\ntwo\u001b[2J  ;`);
});

test("a program's score may stand in its last output lines, as W&B prints it", async () => {
  const place = commandPlace(toLog, '[0.1]');
  const { all } = await layersweep(place, ['run', place.sweepFile]);
  expect(all).toContain('mine: 2 stages finished, 0 failed');
  expect(readFileSync(join(place.results, 'mine', 'leaderboard.csv'), 'utf8')).toContain('0.75');
});

test("a program's table leaves out what is damaged and says so, and refuses to be arranged", async () => {
  const place = commandPlace(toFile, '[0.1, 0.3]');
  await layersweep(place, ['run', place.sweepFile]);
  const stages = join(place.results, 'stages');
  const [stage = ''] = readdirSync(stages).filter((name) => name.startsWith('command-'));
  writeFileSync(join(stages, stage, 'result.json'), '{"schemaVersion": 1, "met');
  const table = await layersweep(place, ['leaderboard', 'mine', '--results', place.results]);
  expect(table.all).toContain(`Left out: ${join(stages, stage, 'result.json')} is no result of \`accuracy\``);
  expect(table.all).toMatch(/0\.3 .*0\.\d+/);
  const sorted = await layersweep(place, ['leaderboard', 'mine', '--results', place.results, '--sort', 'lr']);
  expect(sorted.all).toBe(
    '--sort: `mine` is a sweep of `backend: command`, which has one plain table. Leave --sort away, and arrange the leaderboard.csv that is written as you like.',
  );
  expect(sorted.exitCode).toBe(1);
  const report = await layersweep(place, ['report', 'mine', '--results', place.results]);
  expect(report.all).toContain(`Its table: npx layersweep leaderboard mine --results ${place.results}`);
});

test('a run that fails fails alone, with its reason; one without a score is told what was expected', async () => {
  const failing = commandPlace(toFile, '[0.1, 0.5]');
  const { all, exitCode } = await layersweep(failing, ['run', failing.sweepFile]);
  expect(exitCode).toBe(1);
  expect(all).toContain('mine: 2 stages finished, 2 failed');
  expect(all).toContain('lr is too large');
  const silent = commandPlace('print("nothing")', '[0.1]');
  const told = await layersweep(silent, ['run', silent.sweepFile]);
  expect(told.all).toContain('Expected the metric `accuracy`');
  expect(told.all).toContain('wandb: accuracy VALUE');
});

test('another program means other runs, and a missing one is one sentence', async () => {
  const place = commandPlace(toFile, '[0.1]');
  await layersweep(place, ['run', place.sweepFile]);
  writeFileSync(join(dirname(place.sweepFile), 'train.py'), `${toFile}\n# changed\n`);
  const plan = JSON.parse((await layersweep(place, ['plan', place.sweepFile, '--json'])).stdout);
  expect(plan.missing).toHaveLength(2);
  writeFileSync(place.sweepFile, readFileSync(place.sweepFile, 'utf8').replace('train.py', 'nowhere.py'));
  const { all } = await layersweep(place, ['run', place.sweepFile]);
  expect(all).toMatch(
    /nowhere\.py: expected the sweep's program, found none there\. Mend `program` in the sweep file$/,
  );
});

test('what no GPU of this machine could ever hold is an error of the file, when it is planned', async () => {
  const place = commandPlace(toFile, '[0.1]');
  const gpus = [0, 1].map((i) => `${i}, GPU-aaa${i}, NVIDIA H100, 81559, 570.1\n`).join('');
  writeFileSync(join(dirname(place.sweepFile), 'gpus.csv'), gpus);
  const env = {
    PATH: `${fileURLToPath(new URL('../fixtures/bin', import.meta.url))}:${place.env.PATH}`,
    FAKE_GPUS: dirname(place.sweepFile),
    CUDA_VISIBLE_DEVICES: '0,1',
  };
  const sweep = readFileSync(place.sweepFile, 'utf8');
  const planned = async (resources: string) => {
    writeFileSync(place.sweepFile, `${sweep}resources: ${resources}\n`);
    const { all, exitCode } = await layersweep(place, ['plan', place.sweepFile], env);
    return `${exitCode} ${all.split('\n')[0]?.replace(place.sweepFile, 'sweep.yaml')}`;
  };
  expect(await planned('{ gpus_per_run: 3 }')).toMatchInlineSnapshot(
    `"1 sweep.yaml:11:28 resources.gpus_per_run: Expected at most 2, the GPUs of this machine, got 3"`,
  );
  expect(await planned('{ gpu_memory_gb: 100 }')).toMatchInlineSnapshot(
    `"1 sweep.yaml:11:29 resources.gpu_memory_gb: Expected a run to fit the GPUs of this machine (79.6, 79.6 GB), got 100: it could never start"`,
  );
  expect(await planned('{ gpus_per_run: 2, slots: 1 }')).toMatchInlineSnapshot(
    `"1 sweep.yaml:11:38 resources.slots: Expected at least 2, the GPUs of a run, got 1: it could never start"`,
  );
  expect(await planned('{ gpu_memory_gb: 40, runs_per_gpu: 4 }')).toMatchInlineSnapshot(`"0 mine: 2 runs"`);
  expect(await planned('{ gpus_per_run: 2 }')).toMatchInlineSnapshot(`"0 mine: 2 runs"`);
  const { all } = await layersweep(place, ['run', place.sweepFile, '--slots', '1'], env);
  expect(all.split('\n').at(-1)).toMatchInlineSnapshot(
    `"--slots: expected at least 2, the GPUs of a run, got 1: no run could start"`,
  );
});
