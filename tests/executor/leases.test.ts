import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openLeaseTable } from '../../src/executor/leases.ts';

test('every user of a machine can take leases and read those of the others, whatever the first one has for a umask', () => {
  const parent = mkdtempSync(join(tmpdir(), 'layersweep-leases-'));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const dir = join(parent, 'leases');
  const umask = process.umask(0o077);
  try {
    // As an earlier version left it.
    mkdirSync(dir);
    const table = openLeaseTable(dir);
    const request = { share: 1, stageDir: join(parent, 'stage'), attempt: 1 };
    expect(table.take(request, () => [{ device: 'cpu-0', memoryMiB: 0 }])).toHaveLength(1);
  } finally {
    expect(process.umask(umask)).toBe(0o077);
  }
  const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
  expect([dir, join(dir, 'held'), join(dir, 'table')].map(mode)).toEqual(['777', '777', '777']);
  const files = ['held', 'table'].flatMap((name) => readdirSync(join(dir, name)).map((file) => join(dir, name, file)));
  expect(files.map(mode)).toEqual(['644', '644']);
});

test('leases that somebody has swept away are said again, so that no other sweep takes what is held', () => {
  const dir = join(mkdtempSync(join(tmpdir(), 'layersweep-leases-')), 'leases');
  onTestFinished(() => rmSync(join(dir, '..'), { recursive: true }));
  const [ours, others] = [openLeaseTable(dir), openLeaseTable(dir)];
  const request = { share: 1, stageDir: dir, attempt: 1 };
  expect(ours.take(request, () => [{ device: 'cpu-0', memoryMiB: 0 }])).toHaveLength(1);
  rmSync(dir, { recursive: true });
  expect(ours.list()).toHaveLength(1);
  const free = others.take({ ...request, attempt: 2 }, (loadOf) =>
    loadOf('cpu-0').share > 0 ? undefined : [{ device: 'cpu-0', memoryMiB: 0 }],
  );
  expect(free).toBe('none-free');
});
