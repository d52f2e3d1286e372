import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

test("a program's score may stand in its last output lines, as W&B prints it", async () => {
  const place = commandPlace(toLog, '[0.1]');
  const { all } = await layersweep(place, ['run', place.sweepFile]);
  expect(all).toContain('mine: 2 stages finished, 0 failed');
  expect(readFileSync(join(place.results, 'mine', 'leaderboard.csv'), 'utf8')).toContain('0.75');
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
