import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { type Durations, timeLeft } from '../../src/cli/time-left.ts';
import type { Snapshot } from '../../src/scheduler/snapshot.ts';
import { eventually, layersweep, workplace } from './cli-fixture.ts';

const devices = [0, 1, 2].map((i) => ({ label: `cpu:${i}`, drained: i === 2, runs: 0 }));

function snapshotOf(remaining: Record<string, number>, more: Partial<Snapshot> = {}): Snapshot {
  const counts = {
    waiting: 0,
    running: 0,
    following: 0,
    'backing-off': 0,
    succeeded: 0,
    failed: 0,
    blocked: 0,
    ended: 0,
  };
  return { counts, remaining, devices, slots: 3, running: [], waiting: [], failed: [], paused: false, ...more };
}

function seen(own: Record<string, number[]>, others: Record<string, number[]> = {}): Durations {
  return { own: new Map(Object.entries(own)), others: () => new Map(Object.entries(others)) };
}

const rounded = (snapshot: Snapshot, durations: Durations) => {
  const left = timeLeft(snapshot, durations);
  return left && [left.low, left.seconds, left.high].map(Math.round).concat(left.byOthers.length).join(' ');
};

test('as many stages run at once as the limit and the devices that are not drained allow', () => {
  const durations = seen({ prune: [100, 100] });
  expect(rounded(snapshotOf({ prune: 8 }), durations)).toBe('400 400 400 0');
  expect(rounded(snapshotOf({ prune: 8 }, { slots: 1 }), durations)).toBe('800 800 800 0');
});

test('a kind that this sweep has not finished yet is judged by other sweeps, with more doubt; one never seen not at all', () => {
  const others = { prune: [60, 100, 140], finetune: [50] };
  expect(rounded(snapshotOf({ prune: 4 }), seen({}, others))).toBe('40 200 360 1');
  expect(rounded(snapshotOf({ prune: 4 }), seen({ prune: [60, 100, 140] }, others))).toBe('120 200 280 0');
  expect(rounded(snapshotOf({ prune: 4, finetune: 2 }), seen({ prune: [100, 100] }, others))).toBe('220 250 280 1');
  expect(rounded(snapshotOf({ prune: 4, teacher: 1 }), seen({}, others))).toBeUndefined();
});

test('status judges a sweep that has finished nothing yet by another of its results folder, and says so', async () => {
  const sweep = (name: string): string => `name: ${name}
backend: command
command: [sh, "-c", "while [ ! -e '\${output_dir}/../../go' ]; do sleep 0.05; done; echo wandb: acc 1", "\${args}"]
metric: { name: acc }
method: grid
version: ${name === 'one' ? 1 : 2}
resources: { slots: 1 }
parameters: { seed: { values: [1, 2] } }
`;
  const place = workplace(sweep('one'));
  writeFileSync(join(place.results, 'go'), '');
  expect((await layersweep(place, ['run', place.sweepFile])).exitCode).toBe(0);
  rmSync(join(place.results, 'go'));
  const file = join(dirname(place.sweepFile), 'two.yaml');
  writeFileSync(file, sweep('two'));
  const run = layersweep(place, ['run', file]);
  const status = async () => JSON.parse((await layersweep(place, ['status', '--json'])).stdout || 'null');
  await eventually(status).toMatchObject({
    name: 'two',
    snapshot: { remaining: { command: 2 }, counts: { running: 1 } },
    timeLeft: { low: 0, byOthers: ['command'] },
  });
  expect((await layersweep(place, ['status'])).all).toMatch(/ left \(.*command judged by other sweeps\)/);
  writeFileSync(join(place.results, 'go'), '');
  expect((await run).exitCode).toBe(0);
});
