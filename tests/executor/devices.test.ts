import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { findDevices } from '../../src/executor/devices.ts';
import { listGpuProcesses } from '../../src/executor/nvidia-smi.ts';

const standIn = fileURLToPath(new URL('../fixtures/bin', import.meta.url));

/** An environment in which nvidia-smi answers what these files say. */
function machine(files: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const folder = mkdtempSync(join(tmpdir(), 'layersweep-gpus-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return { PATH: `${standIn}:${process.env.PATH}`, FAKE_GPUS: folder, ...env };
}

const two = {
  'gpus.csv': '0, GPU-aaaa-1111, NVIDIA H200, 143771, 570.1\n1, GPU-bbbb-2222, NVIDIA H200, 143771, 570.1\n',
  'list.txt': 'GPU 0: NVIDIA H200 (UUID: GPU-aaaa-1111)\nGPU 1: NVIDIA H200 (UUID: GPU-bbbb-2222)\n',
};

async function labels(env: NodeJS.ProcessEnv): Promise<string[]> {
  return (await findDevices({ kind: 'cuda', threads: 1, env })).map(({ label, id }) => `${label} ${id}`);
}

test('GPUs are known by their UUIDs', async () => {
  expect(await labels(machine(two))).toEqual(['gpu:0 GPU-aaaa-1111', 'gpu:1 GPU-bbbb-2222']);
});

test.each([
  ['1', ['gpu:1 GPU-bbbb-2222']],
  ['1,0', ['gpu:1 GPU-bbbb-2222', 'gpu:0 GPU-aaaa-1111']],
  ['GPU-bbbb', ['gpu:1 GPU-bbbb-2222']],
  ['', []],
  ['-1', []],
  ['0,7,1', ['gpu:0 GPU-aaaa-1111']],
])('an inherited CUDA_VISIBLE_DEVICES of "%s" is respected as CUDA does', async (mask, expected) => {
  expect(await labels(machine(two, { CUDA_VISIBLE_DEVICES: mask }))).toEqual(expected);
});

test('the instances of a partitioned GPU stand in its place', async () => {
  const env = machine({
    ...two,
    'list.txt': [
      'GPU 0: NVIDIA H200 (UUID: GPU-aaaa-1111)',
      '  MIG 3g.71gb     Device  0: (UUID: MIG-1111)',
      '  MIG 3g.71gb     Device  1: (UUID: MIG-2222)',
      'GPU 1: NVIDIA H200 (UUID: GPU-bbbb-2222)',
      '',
    ].join('\n'),
  });
  expect(await labels(env)).toEqual(['gpu:0.0 MIG-1111', 'gpu:0.1 MIG-2222', 'gpu:1 GPU-bbbb-2222']);
  const found = await findDevices({ kind: 'cuda', threads: 1, env });
  expect(found.map(({ name, memoryMiB }) => `${name}: ${memoryMiB}`)).toEqual([
    'MIG 3g.71gb: 72704',
    'MIG 3g.71gb: 72704',
    'NVIDIA H200: 143771',
  ]);
});

test('a machine without nvidia-smi has no GPUs', async () => {
  expect(await labels({ PATH: '/nonexistent' })).toEqual([]);
});

test('processes of others on a GPU are listed with their memory', async () => {
  const env = machine({ ...two, 'apps.csv': 'GPU-aaaa-1111, 4711, 20480\n' });
  expect(await listGpuProcesses(env)).toEqual([{ gpu: 'GPU-aaaa-1111', pid: 4711, memoryMiB: 20480 }]);
});

test('CPU slots are as many as the cores have room for stages of that many threads', async () => {
  const slots = await findDevices({ kind: 'cpu', threads: 100_000, env: {} });
  expect(slots.map(({ label }) => label)).toEqual(['cpu:0']);
  const all = await findDevices({ kind: 'cpu', threads: 1, env: {} });
  expect(await findDevices({ kind: 'cpu', threads: 1, slots: 1, env: {} })).toHaveLength(all.length);
  expect(await findDevices({ kind: 'cpu', threads: 100_000, slots: 5, env: {} })).toHaveLength(5);
});
