import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  claimsOf,
  eventually,
  isAlive,
  program,
  readText,
  runSweep,
  startSweep,
  weirdFolder,
  writeResult,
} from './sweep-fixture.ts';

test('stages run after their inputs, and a second run starts nothing', async () => {
  const results = weirdFolder();
  const specs = [
    program('teacher-1', `echo teacher >>"$1/../../order.log"; ${writeResult}`),
    program('prune-1', `echo prune >>"$1/../../order.log"; ${writeResult}`, {
      inputs: ['teacher-1'],
    }),
    program('prune-2', `echo prune >>"$1/../../order.log"; ${writeResult}`, {
      inputs: ['teacher-1'],
    }),
  ];
  const report = await runSweep(results, specs);
  expect(report).toMatchObject({
    succeeded: 3,
    failed: [],
    unfinished: 0,
    stopReason: undefined,
  });
  expect(readText(results, 'order.log')).toBe('teacher\nprune\nprune\n');
  expect(await runSweep(results, specs)).toMatchObject({ succeeded: 3 });
  expect(['teacher-1', 'prune-1', 'prune-2'].map((key) => claimsOf(results, key))).toEqual([1, 1, 1]);
});

test('a failed stage fails only what needs it, with the last line of its log', async () => {
  const results = weirdFolder();
  const report = await runSweep(results, [
    program('a', 'echo "no such teacher" >&2; exit 3'),
    program('b', writeResult, { inputs: ['a'] }),
    program('c', writeResult),
  ]);
  expect(report).toMatchObject({
    succeeded: 1,
    failed: [
      {
        key: 'a',
        failure: { kind: 'exit', exitCode: 3, message: 'no such teacher' },
      },
    ],
    blocked: [{ key: 'b', by: 'a' }],
  });
  expect(claimsOf(results, 'a')).toBe(1);
});

test('a failed stage stays failed until it is asked for again', async () => {
  const results = weirdFolder();
  const failing = program('a', 'exit 1');
  await runSweep(results, [failing]);
  expect(await runSweep(results, [failing])).toMatchObject({
    failed: [{ key: 'a' }],
  });
  expect(claimsOf(results, 'a')).toBe(1);
});

test('a stage that asks to be restarted gets another attempt in a folder of its own', async () => {
  const results = weirdFolder();
  const report = await runSweep(results, [program('a', `[ "$3" = 3 ] || exit 75; ${writeResult}`)]);
  expect(report).toMatchObject({ succeeded: 1, failed: [] });
  expect(claimsOf(results, 'a')).toBe(3);
  expect(readText(results, 'stages', 'a', 'attempts', '2', 'request.json')).toContain('"attempt":2');
});

test('ending a sweep ends the stage with its children, and the next run takes it up again', async () => {
  const results = weirdFolder();
  const script = `[ -e "$1/go" ] && { ${writeResult}; exit; }; (trap "" TERM; exec sleep 300) & echo $! >"$1/child"; touch "$1/up"; sleep 300`;
  const sweep = startSweep(results, [program('a', script)]);
  const stageDir = join(results, 'stages', 'a');
  await eventually(() => existsSync(join(stageDir, 'up'))).toBe(true);
  sweep.engine.control.end('SIGTERM', 'interrupted');
  expect(await sweep.done).toMatchObject({ succeeded: 0, failed: [], unfinished: 1, stopReason: 'interrupted' });
  await eventually(() => isAlive(Number(readText(stageDir, 'child')))).toBe(false);
  writeFileSync(join(stageDir, 'go'), '');
  expect(await runSweep(results, [program('a', script)])).toMatchObject({ succeeded: 1, failed: [] });
  expect(claimsOf(results, 'a')).toBe(2);
});
