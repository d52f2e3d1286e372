import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test, vi } from 'vitest';
import { livenessOf, ownIdentity } from '../../src/store/identity.ts';
import { lockHolder, takeLock } from '../../src/store/lock.ts';

vi.setConfig({ testTimeout: 60_000 });

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'layersweep-lock-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const dead = { ...ownIdentity(), pid: 2 ** 22 - 3, startTime: '1' };

test('a lock has one holder, and can be taken again once released', () => {
  const dir = folder();
  const first = takeLock(dir, ownIdentity());
  expect(takeLock(dir, ownIdentity())).toEqual({ heldBy: ownIdentity() });
  expect(lockHolder(dir)).toEqual(ownIdentity());
  if ('lock' in first) first.lock.release();
  expect(lockHolder(dir)).toBeUndefined();
  expect(takeLock(dir, ownIdentity())).toHaveProperty('lock');
});

test("a dead holder's lock is free, and old holders do not pile up", () => {
  const dir = folder();
  for (let i = 0; i < 20; i += 1) expect(takeLock(dir, dead)).toHaveProperty('lock');
  expect(readdirSync(dir).length).toBeLessThanOrEqual(2);
});

test('a process is known by its start time too, and a reboot ends all', () => {
  const self = ownIdentity();
  expect(livenessOf(self)).toBe('alive');
  expect(livenessOf({ ...self, startTime: '1' })).toBe('dead');
  expect(livenessOf({ ...self, bootId: 'another' })).toBe('dead');
  expect(livenessOf({ ...self, host: 'another', bootId: 'another' })).toBe('elsewhere');
  expect(livenessOf({ ...self, pidNamespace: 'pid:[1]' })).toBe('elsewhere');
});

test('of many processes that want a lock at once, each gets it alone', async () => {
  const dir = folder();
  const script = `
    import { takeLock } from './src/store/lock.ts';
    import { ownIdentity } from './src/store/identity.ts';
    import { mkdirSync, rmdirSync } from 'node:fs';
    const [dir] = process.argv.slice(-1);
    for (let done = 0; done < 60; ) {
      const attempt = takeLock(dir + '/lock', ownIdentity());
      if ('heldBy' in attempt) { await new Promise((resolve) => setTimeout(resolve, Math.random())); continue; }
      mkdirSync(dir + '/alone');
      rmdirSync(dir + '/alone');
      attempt.lock.release();
      done += 1;
    }`;
  const contenders = Array.from({ length: 4 }, () =>
    execa(process.execPath, ['--input-type=module-typescript', '-e', script, dir], {
      reject: false,
      cwd: join(import.meta.dirname, '../..'),
    }),
  );
  expect((await Promise.all(contenders)).map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(
    Array(4).fill([0, '']),
  );
});
