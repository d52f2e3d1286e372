import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type LeaseTable, openLeaseTable } from '../../src/executor/leases.ts';

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
  expect([dir, ...['held', 'table', 'waiting'].map((name) => join(dir, name))].map(mode)).toEqual(Array(4).fill('777'));
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

test('who waits longest gets the next free device, once the one that holds it has had its turn', () => {
  const dir = join(mkdtempSync(join(tmpdir(), 'layersweep-leases-')), 'leases');
  onTestFinished(() => rmSync(join(dir, '..'), { recursive: true }));
  const [busy, second, third] = [openLeaseTable(dir), openLeaseTable(dir, 'second'), openLeaseTable(dir)];
  const request = { share: 1, stageDir: dir, attempt: 1 };
  const take = (table: LeaseTable) => {
    const taken = table.take(request, (loadOf) =>
      loadOf('cpu-0').share > 0 ? undefined : [{ device: 'cpu-0', memoryMiB: 0 }],
    );
    if (typeof taken === 'string') return taken;
    table.release(taken);
    return 'taken';
  };
  const wanted = { devices: ['cpu-0'], count: 1 };
  expect(take(busy)).toBe('taken');
  second.wait(wanted);
  // It has only just begun.
  expect(take(busy)).toBe('taken');
  expect(take(third)).toBe('none-free');
  third.wait(wanted);
  expect(third.turnsOfOthers([]).get('cpu-0')?.sweep).toBe('second');
  expect(take(second)).toBe('taken');
  expect(readdirSync(join(dir, 'waiting'))).toHaveLength(1);
  expect(take(third)).toBe('taken');
  second.wait({ devices: ['cpu-1', 'cpu-0'], count: 1 });
  // The first of two that are equally free is enough.
  expect(take(openLeaseTable(dir))).toBe('taken');
  second.wait(undefined);
  expect(readdirSync(join(dir, 'waiting'))).toEqual([]);
});

test('the mark of a process that is gone, or of another version, counts for nothing', () => {
  const dir = join(mkdtempSync(join(tmpdir(), 'layersweep-leases-')), 'leases');
  onTestFinished(() => rmSync(join(dir, '..'), { recursive: true }));
  openLeaseTable(dir).wait({ devices: ['cpu-0'], count: 1 });
  const [name = ''] = readdirSync(join(dir, 'waiting'));
  const path = join(dir, 'waiting', name);
  const mark = JSON.parse(readFileSync(path, 'utf8'));
  const { turnsOfOthers } = openLeaseTable(dir);
  expect(turnsOfOthers([]).size).toBe(1);
  writeFileSync(path, '{"schemaVersion":2}');
  expect(turnsOfOthers([]).size).toBe(0);
  writeFileSync(path, JSON.stringify({ ...mark, orchestrator: { ...mark.orchestrator, startTime: '1' } }));
  expect(turnsOfOthers([]).size).toBe(0);
  expect(readdirSync(join(dir, 'waiting'))).toEqual([]);
});
