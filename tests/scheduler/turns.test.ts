import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cpuSlots } from '../../src/executor/devices.ts';
import { lockHolder } from '../../src/store/lock.ts';
import {
  eventually,
  gpus,
  program,
  readText,
  reportIn,
  spawnOrchestrator,
  startSweep,
  weirdFolder,
  writeResult,
} from './sweep-fixture.ts';

/** Many short stages on one slot, each of which writes its sweep's name into `log`. */
function manyStages(results: string, name: string, { count = 40, first = '' } = {}) {
  const programs = Array.from({ length: count }, (_, i) => ({
    key: `${name}-${i}`,
    script: `echo ${name} >>"$1/../../log"; ${i === 0 ? first : ''} sleep 0.1; ${writeResult}`,
  }));
  return spawnOrchestrator(results, programs, { name, slots: 1 });
}

const startsOf = (results: string): string[] =>
  existsSync(join(results, 'log')) ? readText(results, 'log').trim().split('\n') : [];

/** A sweep whose first stage runs until `go`, and one that has begun to wait for its only slot. */
async function oneWaits(results: string) {
  const busy = manyStages(results, 'busy', { first: 'while [ ! -e "$1/../../go" ]; do sleep 0.05; done;' });
  await eventually(() => startsOf(results).length).toBeGreaterThan(0);
  const waiter = manyStages(results, 'waiter', { count: 2 });
  const marks = join(results, 'leases', 'waiting');
  await eventually(() => readdirSync(marks).some((name) => name.startsWith(`${waiter.pid}-`))).toBe(true);
  return { busy, waiter, marks, go: () => writeFileSync(join(results, 'go'), '') };
}

test('two sweeps of many short stages take turns on one slot', async () => {
  const results = weirdFolder();
  const sweeps = ['one', 'two'].map((name) => manyStages(results, name));
  for (const sweep of sweeps) expect(reportIn((await sweep).all)).toMatchObject({ succeeded: 40, failed: [] });
  const starts = startsOf(results);
  const turns = starts.filter((name, i) => name !== starts[i - 1]).length;
  expect(turns).toBeGreaterThan(3);
});

test('a sweep says once which other one holds the device that it waits for, and so does its status', async () => {
  const results = weirdFolder();
  const { busy, waiter, go } = await oneWaits(results);
  const here = startSweep(join(results, 'here'), [program('mine', writeResult)], {
    devices: cpuSlots(1),
    leaseDir: join(results, 'leases'),
  });
  await eventually(() => here.events.some(({ kind }) => kind === 'device-wait')).toBe(true);
  const waitsFor = `a device: cpu:0 busy with a run (sweep busy, process ${busy.pid})`;
  expect(here.engine.snapshot()).toMatchObject({
    devices: [{ label: 'cpu:0', runs: 0, heldBy: `sweep busy, process ${busy.pid}` }],
    waiting: [{ label: 'mine', waitsFor }],
  });
  go();
  expect(await here.done).toMatchObject({ succeeded: 1 });
  const said = here.events.filter(({ kind }) => kind === 'device-wait');
  expect(said[0]).toMatchObject({ waitsFor });
  const causes = said.map((event) => ('waitsFor' in event ? /sweep \w+/.exec(event.waitsFor)?.[0] : ''));
  expect(new Set(causes).size).toBe(causes.length);
  await Promise.all([busy, waiter]);
});

test('a waiting sweep that is killed holds no other, and leaves no mark', async () => {
  const { busy, waiter, marks, go } = await oneWaits(weirdFolder());
  waiter.kill('SIGKILL');
  go();
  expect(reportIn((await busy).all)).toMatchObject({ succeeded: 40 });
  expect(readdirSync(marks)).toEqual([]);
});

test('a waiting sweep that is stopped holds no other, and gets its turn when it goes on', async () => {
  const results = weirdFolder();
  const { busy, waiter, go } = await oneWaits(results);
  waiter.kill('SIGSTOP');
  // Not in the moment that it is at the table.
  while (lockHolder(join(results, 'leases', 'table'))?.pid === waiter.pid) {
    waiter.kill('SIGCONT');
    waiter.kill('SIGSTOP');
  }
  go();
  expect(reportIn((await busy).all)).toMatchObject({ succeeded: 40 });
  waiter.kill('SIGCONT');
  expect(reportIn((await waiter).all)).toMatchObject({ succeeded: 2 });
});

test('a stage on several GPUs gets its turn among the small ones of another sweep', async () => {
  const folder = weirdFolder();
  const options = { devices: gpus(2), leaseDir: join(folder, 'leases') };
  const small = Array.from({ length: 80 }, (_, i) => program(`s${i}`, `sleep 0.1; ${writeResult}`));
  const busy = startSweep(join(folder, 'busy'), small, options);
  await eventually(() => busy.engine.snapshot().counts.running).toBe(2);
  const large = startSweep(join(folder, 'large'), [program('large', writeResult, { gpus: 2 })], options);
  expect(await large.done).toMatchObject({ succeeded: 1 });
  expect(busy.engine.snapshot().counts.succeeded).toBeLessThan(80);
  expect(await busy.done).toMatchObject({ succeeded: 80 });
});
