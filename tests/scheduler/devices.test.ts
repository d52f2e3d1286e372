import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
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

/** Appends `start` and `end` lines with the visible devices to a file. */
const logged = (name: string, seconds = 0.2): string =>
  `echo "start ${name} $CUDA_VISIBLE_DEVICES" >>"$1/../../log"; sleep ${seconds}; echo "end ${name}" >>"$1/../../log"; ${writeResult}`;

/** The most stages that ran at one time, over all and for each visible device. */
function mostAtOnce(results: string): { all: number; perDevice: Map<string, number> } {
  const running = new Map<string, string>();
  const perDevice = new Map<string, number>();
  let all = 0;
  for (const line of readText(results, 'log').trim().split('\n')) {
    const [what, name = '', devices = ''] = line.split(' ');
    if (what === 'start') running.set(name, devices);
    else running.delete(name);
    all = Math.max(all, running.size);
    for (const device of devices.split(',')) {
      const count = [...running.values()].filter((used) => used.split(',').includes(device)).length;
      perDevice.set(device, Math.max(perDevice.get(device) ?? 0, count));
    }
  }
  return { all, perDevice };
}

test('each run sees its own GPU, and no GPU has two', async () => {
  const results = weirdFolder();
  const specs = Array.from({ length: 6 }, (_, i) => program(`s${i}`, logged(`s${i}`)));
  expect(await startSweep(results, specs, { devices: gpus(2) }).done).toMatchObject({ succeeded: 6 });
  const { all, perDevice } = mostAtOnce(results);
  expect([all, perDevice.get('GPU-0'), perDevice.get('GPU-1')]).toEqual([2, 1, 1]);
});

test('an adopted run on several GPUs is shown on all of them', async () => {
  const results = weirdFolder();
  const specs = [
    program('large', `touch "$1/up"; while [ ! -e "$1/go" ]; do sleep 0.05; done; ${writeResult}`, { gpus: 2 }),
  ];
  const first = startSweep(results, specs, { devices: gpus(3) });
  await eventually(() => existsSync(join(results, 'stages', 'large', 'up'))).toBe(true);
  first.engine.control.detach();
  await first.done;
  const second = startSweep(results, specs, { devices: gpus(3) });
  await eventually(() => second.events.map(({ kind }) => kind)).toContain('followed');
  const { running, devices } = second.engine.snapshot();
  expect(running).toMatchObject([{ label: 'large', devices: ['gpu:0', 'gpu:1'], followed: true }]);
  expect(devices.map(({ runs }) => runs)).toEqual([1, 1, 0]);
  writeFileSync(join(results, 'stages', 'large', 'go'), '');
  expect(await second.done).toMatchObject({ succeeded: 1 });
});

test('several runs share a GPU where the sweep says so', async () => {
  const results = weirdFolder();
  const specs = Array.from({ length: 6 }, (_, i) => program(`s${i}`, logged(`s${i}`), { runsPerGpu: 3 }));
  await startSweep(results, specs, { devices: gpus(1) }).done;
  expect(mostAtOnce(results).all).toBe(3);
});

test('a run on several GPUs gets them all at once, and is not starved by small ones', async () => {
  const results = weirdFolder();
  const small = (i: number) => program(`s${i}`, logged(`s${i}`, 0.02 + 0.01 * (i % 3)));
  const specs = [
    small(0),
    program('large', logged('large'), { gpus: 2 }),
    ...Array.from({ length: 60 }, (_, i) => small(i + 1)),
  ];
  await startSweep(results, specs, { devices: gpus(2) }).done;
  const started = readText(results, 'log')
    .split('\n')
    .filter((line) => line.startsWith('start'));
  const at = started.findIndex((line) => line.startsWith('start large'));
  expect(started[at]).toMatch(/^start large GPU-\d,GPU-\d$/);
  expect(at).toBeLessThan(30);
});

test('a drained device finishes what it runs and gets nothing more, until it is undrained', async () => {
  const results = weirdFolder();
  const specs = Array.from({ length: 8 }, (_, i) => program(`s${i}`, logged(`s${i}`, 0.1)));
  const sweep = startSweep(results, specs, { devices: gpus(2) });
  await eventually(() => sweep.events.filter(({ kind }) => kind === 'started').length).toBe(2);
  sweep.engine.control.drain('gpu:1');
  expect(await sweep.done).toMatchObject({ succeeded: 8 });
  const onDrained = sweep.events.filter((event) => event.kind === 'started' && event.devices.includes('gpu:1'));
  expect(onDrained).toHaveLength(1);
});

test('a paused sweep starts nothing, and says so for each stage that waits', async () => {
  const results = weirdFolder();
  const specs = [0, 1, 2].map((i) => program(`s${i}`, logged(`s${i}`, 0.1)));
  const sweep = startSweep(results, specs, { devices: gpus(1) });
  await eventually(() => sweep.events.some(({ kind }) => kind === 'started')).toBe(true);
  sweep.engine.control.pause();
  await eventually(() => sweep.engine.snapshot().counts.succeeded).toBe(1);
  expect(sweep.engine.snapshot().waiting.map(({ waitsFor }) => waitsFor)).toEqual(
    Array(2).fill('resume: the sweep is paused'),
  );
  expect(sweep.events.filter(({ kind }) => kind === 'started')).toHaveLength(1);
  sweep.engine.control.resume();
  expect(await sweep.done).toMatchObject({ succeeded: 3 });
});

test('two sweeps on one machine do not share a slot', async () => {
  const results = weirdFolder();
  const sweeps = ['one', 'two'].map((name) => {
    const programs = Array.from({ length: 5 }, (_, i) => ({
      key: `${name}-${i}`,
      script: logged(`${name}-${i}`, 0.1),
    }));
    return spawnOrchestrator(results, programs, { name });
  });
  for (const sweep of sweeps) expect(reportIn((await sweep).all)).toMatchObject({ succeeded: 5, failed: [] });
  expect(mostAtOnce(results).all).toBe(2);
});

test('what a stage waits for is said: its inputs, its next attempt, a device', async () => {
  const results = weirdFolder();
  const sweep = startSweep(
    results,
    [program('a', 'sleep 300'), program('b', writeResult, { inputs: ['a'] }), program('c', writeResult)],
    { devices: gpus(1) },
  );
  await eventually(() => sweep.engine.snapshot().counts.running).toBe(1);
  expect(sweep.engine.snapshot().waiting.map(({ key, waitsFor }) => `${key}: ${waitsFor}`)).toEqual([
    'b: a',
    'c: a device: gpu:0 busy with a run',
  ]);
  sweep.engine.control.end('SIGKILL', 'done here');
  await sweep.done;
});

/** An environment in which nvidia-smi lists the processes of a file that tests and stages write. */
function standIn(): { env: NodeJS.ProcessEnv; processes: string } {
  const folder = mkdtempSync(join(tmpdir(), 'layersweep-gpus-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const bin = fileURLToPath(new URL('../fixtures/bin', import.meta.url));
  return { env: { PATH: `${bin}:${process.env.PATH}`, FAKE_GPUS: folder }, processes: join(folder, 'apps.csv') };
}

test('runs that share a GPU fit into its memory', async () => {
  const results = weirdFolder();
  const specs = Array.from({ length: 6 }, (_, i) =>
    program(`s${i}`, logged(`s${i}`), { runsPerGpu: 4, memoryMiB: i === 0 ? 600 : 400 }),
  );
  expect(await startSweep(results, specs, { devices: gpus(1) }).done).toMatchObject({ succeeded: 6 });
  expect(mostAtOnce(results).all).toBe(2);
});

test('a stage waits for memory that a process of somebody else holds, and says so', async () => {
  const results = weirdFolder();
  const { env, processes } = standIn();
  // This very process is no attempt of any sweep.
  writeFileSync(processes, `GPU-0, ${process.pid}, 700\n`);
  const sweep = startSweep(
    results,
    [program('small', writeResult, { memoryMiB: 200 }), program('large', writeResult, { memoryMiB: 500 })],
    { devices: gpus(1), env },
  );
  await eventually(() => sweep.engine.snapshot().counts.succeeded).toBe(1);
  expect(sweep.engine.snapshot().waiting).toEqual([
    {
      key: 'large',
      label: 'large',
      waitsFor: 'a device: gpu:0 0.3 GB of 1.0 GB free, 0.7 GB held by others, 0.5 GB needed',
    },
  ]);
  writeFileSync(processes, '');
  expect(await sweep.done).toMatchObject({ succeeded: 2 });
});

test('a stage of unknown size takes no GPU on which somebody else computes, but one with a display', async () => {
  const results = weirdFolder();
  const { env, processes } = standIn();
  writeFileSync(processes, `GPU-0, ${process.pid}, 300\nGPU-1, ${process.pid}, 50\n`);
  const specs = [0, 1, 2].map((i) => program(`s${i}`, logged(`s${i}`, 0.05)));
  expect(await startSweep(results, specs, { devices: gpus(2), env }).done).toMatchObject({ succeeded: 3 });
  expect(readText(results, 'log')).not.toContain('GPU-0');
});

test('what earlier attempts held of a GPU is what later ones get, in the next run too', async () => {
  const results = weirdFolder();
  const { env, processes } = standIn();
  const measured = program('s0', `echo "GPU-0, $$, 450" >>'${processes}'; sleep 7; : >'${processes}'; ${writeResult}`, {
    runsPerGpu: 4,
  });
  expect(await startSweep(results, [measured], { devices: gpus(1), env }).done).toMatchObject({ succeeded: 1 });
  expect(readText(results, 'journal.jsonl')).toContain('"event":"memory-learned","kind":"command","memoryMiB":450');
  const specs = [1, 2, 3, 4].map((i) => program(`s${i}`, logged(`s${i}`), { runsPerGpu: 4 }));
  expect(await startSweep(results, specs, { devices: gpus(1), env }).done).toMatchObject({ succeeded: 4 });
  expect(mostAtOnce(results).all).toBe(2);
});

test('where a shared GPU ran out of memory, that stage runs alone and its kind gets more room', async () => {
  const results = weirdFolder();
  const tight = `[ "$3" = 1 ] && { echo "CUDA out of memory" >&2; exit 1; }; ${logged('s0')}`;
  const specs = [
    program('s0', tight, { runsPerGpu: 2 }),
    ...[1, 2, 3, 4].map((i) => program(`s${i}`, logged(`s${i}`), { runsPerGpu: 2, inputs: ['s0'] })),
  ];
  expect(await startSweep(results, specs, { devices: gpus(1) }).done).toMatchObject({ succeeded: 5 });
  expect(readText(results, 'journal.jsonl')).toContain('"memoryMiB":750');
  expect(mostAtOnce(results).all).toBe(1);
});

test('a CPU sweep gets more slots than it was started with, and fewer, at runtime', async () => {
  const results = weirdFolder();
  const specs = Array.from({ length: 12 }, (_, i) => program(`s${i}`, logged(`s${i}`, 0.3)));
  const sweep = startSweep(results, specs);
  await eventually(() => sweep.engine.snapshot().counts.running).toBe(2);
  sweep.engine.control.setSlots(4);
  await eventually(() => sweep.engine.snapshot().counts.running).toBe(4);
  sweep.engine.control.setSlots(1);
  await eventually(() => sweep.engine.snapshot().counts.running).toBe(1);
  expect(await sweep.done).toMatchObject({ succeeded: 12 });
  expect(mostAtOnce(results).all).toBe(4);
});

test('a stage that must run alone does so on the devices that are left to it', async () => {
  const results = weirdFolder();
  const hungry = `[ "$3" = 1 ] && { sleep 0.5; echo "MemoryError" >&2; exit 1; }; ${writeResult}`;
  const sweep = startSweep(results, [program('a', hungry), program('b', `sleep 0.2; ${writeResult}`)]);
  await eventually(() => sweep.events.some(({ kind }) => kind === 'started')).toBe(true);
  sweep.engine.control.setSlots(1);
  expect(await sweep.done).toMatchObject({ succeeded: 2 });
});
