import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkProbe, checkRun } from '../../src/parity/index.ts';
import { readSafetensors } from '../../src/parity/safetensors.ts';
import { findStrategy } from '../../src/strategy/catalogue.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'layersweep probes '));
});
afterAll(() => rm(dir, { recursive: true }));

const uniform = [2, 5, 8, 11];
const names = [
  ['v3', uniform],
  ['v4', uniform],
  ['published/v4', uniform],
  ['published/v6', [2, 4, 7, 9]],
  ['alp-kd', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
] as const;

test.each(names)('a probe of %s written by other code agrees, in float32 and float64', async (strategyName, drawn) => {
  for (const dtype of ['float32', 'float64']) {
    for (const seed of [1, 2, 3]) {
      const verdict = await checkProbe(await writeProbe({ strategyName, drawn, dtype, seed }));
      expect(verdict).toMatchObject({ agrees: true, step: 0, strategyName });
    }
  }
});

test.each([
  ['slice.student_states_SBTH', 'slice.distances_kS'],
  ['slice.distances_kS', 'slice.distances_kS'],
  ['slice.loss', 'slice.loss'],
  ['slice.weights_kS', 'slice.weights_kS'],
  ['step.weights_kS', 'step.weights_kS'],
  ['step.loss', 'step.loss'],
])('one wrong number in %s is found', async (spoil, what) => {
  const { agrees, firstDifference } = await checkProbe(await writeProbe({ strategyName: 'v3', drawn: uniform, spoil }));
  expect(agrees).toBe(false);
  expect(firstDifference?.what).toBe(what);
});

test('layers that the strategy does not draw are found', async () => {
  const { firstDifference } = await checkProbe(await writeProbe({ strategyName: 'v4', drawn: [1, 5, 8, 11] }));
  expect(firstDifference).toMatchObject({ what: 'drawnLayers', index: [0], recorded: 1, expected: 2 });
});

test('a choice that another strategy would have made is found and explained', async () => {
  const { strategy } = findStrategy('v3');
  const path = await writeProbe({ strategyName: 'v4', drawn: uniform, strategy, dtype: 'float64', seed: 2 });
  const { firstDifference } = await checkProbe(path);
  expect(firstDifference?.what).toBe('slice.weights_kS');
  expect(firstDifference?.explanation).toMatch(
    /^teacher layer \d+ is matched to student layer \d+ \(distance .*\); expected student layer \d+/,
  );
});

test('a run agrees when all of its probes do; without probes nothing is said; an unreadable one is named', async () => {
  const stageDir = await mkdtemp(join(dir, 'stage '));
  expect(await checkRun(stageDir)).toEqual({ stageDir, probes: [], unreadable: [], agrees: null });
  const path = await writeProbe({ strategyName: 'v4', drawn: uniform, stageDir });
  expect(await checkRun(stageDir)).toMatchObject({ agrees: true, unreadable: [], probes: [{ path, agrees: true }] });
  const bytes = await readFile(path);
  const cut = join(stageDir, 'probes', 'cut.safetensors');
  await writeFile(cut, bytes.subarray(0, bytes.length - 100));
  const verdict = await checkRun(stageDir);
  expect(verdict).toMatchObject({ agrees: false, unreadable: [{ path: cut }] });
  expect(verdict.unreadable[0]?.reason).toMatch(/: the file is cut short$/);
});

test('numbers of every type are read as they were written', async () => {
  const path = join(dir, 'types.safetensors');
  const program = `
import sys, torch
from safetensors.torch import save_file
values = [0.0, -1.5, 3.140625, 65504.0, 2**-24, float("inf"), float("nan")]
floats = {str(t): torch.tensor(values, dtype=t) for t in (torch.float64, torch.float32, torch.bfloat16, torch.float16)}
whole = {str(t): torch.tensor([[0, 1], [200, 7]]).to(t) for t in (torch.int64, torch.int32, torch.uint8, torch.bool)}
save_file(floats | whole, sys.argv[1], metadata={"by": "a test"})`;
  await execa(`${root}.venv/bin/python`, ['-c', program, path]);
  const { tensors, metadata } = await readSafetensors(path);
  expect(metadata).toEqual({ by: 'a test' });
  const special = [2 ** -24, Number.POSITIVE_INFINITY, Number.NaN];
  expect([...(tensors.get('torch.float64')?.data ?? [])]).toEqual([0, -1.5, 3.140625, 65504, ...special]);
  expect([...(tensors.get('torch.float32')?.data ?? [])]).toEqual([0, -1.5, 3.140625, 65504, ...special]);
  expect([...(tensors.get('torch.bfloat16')?.data ?? [])]).toEqual([0, -1.5, 3.140625, 65536, ...special]);
  expect([...(tensors.get('torch.float16')?.data ?? [])]).toEqual([0, -1.5, 3.140625, 65504, ...special]);
  expect(tensors.get('torch.int64')).toEqual({ shape: [2, 2], data: new Float64Array([0, 1, 200, 7]) });
  expect([...(tensors.get('torch.int32')?.data ?? [])]).toEqual([0, 1, 200, 7]);
  expect([...(tensors.get('torch.uint8')?.data ?? [])]).toEqual([0, 1, 200, 7]);
  expect([...(tensors.get('torch.bool')?.data ?? [])]).toEqual([0, 1, 1, 1]);
});

test('foreign, empty and absent files are refused with one sentence', async () => {
  const foreign = join(dir, 'foreign.safetensors');
  await writeFile(foreign, 'PK\u0003\u0004 an archive of some other kind');
  const reason = (path: string) =>
    checkProbe(path).then(
      () => 'read',
      (error: Error) => error.message.replaceAll(dir, ''),
    );
  expect(await reason(foreign)).toMatchInlineSnapshot(
    `"/foreign.safetensors: expected a safetensors file, found a header of 2336912046786038608 bytes in a file of 34. It may be cut short or of another format"`,
  );
  await writeFile(foreign, '');
  expect(await reason(foreign)).toMatchInlineSnapshot(
    `"/foreign.safetensors: expected a safetensors file, found 0 bytes. It may be cut short or of another format"`,
  );
  expect(await reason(join(dir, 'absent'))).toMatchInlineSnapshot(
    `"/absent: cannot be read (ENOENT: no such file or directory, open '/absent')"`,
  );
  expect(await reason(join(dir, 'types.safetensors'))).toMatchInlineSnapshot(
    `"/types.safetensors: expected a probe, found a tensor file without "probe" metadata"`,
  );
});

type Wanted = {
  readonly strategyName: string;
  readonly drawn: readonly number[];
  readonly strategy?: unknown;
  readonly dtype?: string;
  readonly seed?: number;
  readonly spoil?: string;
  readonly stageDir?: string;
};

async function writeProbe(wanted: Wanted): Promise<string> {
  const probes = join(wanted.stageDir ?? (await mkdtemp(join(dir, 'probe '))), 'probes');
  await execa('mkdir', ['-p', probes]);
  const path = join(probes, 'step-0.safetensors');
  const { strategy } = findStrategy(wanted.strategyName);
  const input = { strategy, dtype: 'float32', seed: 1, spoil: null, ...wanted, path };
  await execa(`${root}.venv/bin/python`, [join(root, 'tests/parity/write_probe.py')], { input: JSON.stringify(input) });
  return path;
}
