import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  eventually,
  gpus,
  program,
  reportIn,
  type Sweep,
  spawnOrchestrator,
  startSweep,
  weirdFolder,
  writeResult,
} from './sweep-fixture.ts';

const untilGo = `touch "$1/up"; while [ ! -e "$1/go" ]; do sleep 0.05; done; ${writeResult}`;

function letGo(results: string, key: string): void {
  mkdirSync(join(results, 'stages', key), { recursive: true });
  writeFileSync(join(results, 'stages', key, 'go'), '');
}

const namesOf = ({ events }: Sweep, ...kinds: string[]): string[] =>
  events.flatMap((event) => (kinds.includes(event.kind) && 'spec' in event ? [`${event.kind} ${event.spec.key}`] : []));

test('two sweeps of one slot each run at the same time on a machine of two', async () => {
  const results = weirdFolder();
  // Each stage ends only once the other sweep's runs.
  const meets = (other: string): string =>
    `touch "$1/up"; while [ ! -e "$1/../${other}/up" ]; do sleep 0.05; done; ${writeResult}`;
  const sweeps = [
    spawnOrchestrator(results, [{ key: 'a', script: meets('b') }], { name: 'one', slots: 2, limit: 1 }),
    spawnOrchestrator(results, [{ key: 'b', script: meets('a') }], { name: 'two', slots: 2, limit: 1 }),
  ];
  for (const sweep of sweeps) expect(reportIn((await sweep).all)).toMatchObject({ succeeded: 1, failed: [] });
});

test('fewer slots at runtime end nothing; the next stage starts once fewer than that run', async () => {
  const results = weirdFolder();
  const sweep = startSweep(results, [program('a', untilGo), program('b', untilGo), program('c', writeResult)]);
  await eventually(() => sweep.engine.snapshot().counts.running).toBe(2);
  sweep.engine.control.setSlots(1);
  letGo(results, 'a');
  await eventually(() => sweep.engine.snapshot().counts.succeeded).toBe(1);
  expect(sweep.engine.snapshot()).toMatchObject({
    slots: 1,
    running: [{ label: 'b' }],
    waiting: [{ label: 'c', waitsFor: "the sweep's limit of 1 slot" }],
  });
  letGo(results, 'b');
  expect(await sweep.done).toMatchObject({ succeeded: 3 });
  expect(namesOf(sweep, 'started', 'succeeded')).toEqual([
    ...['started a', 'started b', 'succeeded a', 'succeeded b', 'started c', 'succeeded c'],
  ]);
});

test('a stage that is adopted counts, even before it is looked at', async () => {
  const results = weirdFolder();
  const next = program('next', writeResult);
  const long = program('long', untilGo);
  const first = startSweep(results, [long], { slots: 1 });
  await eventually(() => existsSync(join(results, 'stages', 'long', 'up'))).toBe(true);
  first.engine.control.detach();
  await first.done;
  const second = startSweep(results, [next, long], { slots: 1 });
  await eventually(() => namesOf(second, 'followed')).toEqual(['followed long']);
  expect(second.engine.snapshot().waiting).toMatchObject([{ label: 'next', waitsFor: "the sweep's limit of 1 slot" }]);
  letGo(results, 'long');
  expect(await second.done).toMatchObject({ succeeded: 2 });
  expect(namesOf(second, 'started', 'succeeded')).toEqual(['succeeded long', 'started next', 'succeeded next']);
});

test('runs that share a GPU count as one; a run on several GPUs needs so many slots, and keeps nothing without them', async () => {
  const results = weirdFolder();
  const shared = ['a', 'b', 'c'].map((key) => program(key, untilGo, { runsPerGpu: 2 }));
  const large = program('large', writeResult, { gpus: 2 });
  // Of later rank than those before, and many enough that devices would be kept for the large one.
  const small = Array.from({ length: 12 }, (_, i) => program(`s${i}`, writeResult, { runsPerGpu: 2 }));
  const sweep = startSweep(results, [...shared, large, ...small], { devices: gpus(2), slots: 1 });
  await eventually(() => sweep.engine.snapshot().counts.running).toBe(2);
  expect(sweep.engine.snapshot()).toMatchObject({
    devices: [
      { label: 'gpu:0', runs: 2 },
      { label: 'gpu:1', runs: 0 },
    ],
    waiting: expect.arrayContaining([
      { key: 'large', label: 'large', waitsFor: "2 devices at once: the sweep's limit of 1 slot" },
    ]),
  });
  for (const key of ['a', 'b', 'c']) letGo(results, key);
  await eventually(() => sweep.engine.snapshot().counts.succeeded).toBe(15);
  sweep.engine.control.setSlots(2);
  expect(await sweep.done).toMatchObject({ succeeded: 16 });
});
