import { existsSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  claimsOf,
  eventually,
  program,
  readText,
  runSweep,
  startSweep,
  weirdFolder,
  writeResult,
} from './sweep-fixture.ts';

const event = (fields: object): string =>
  `printf '%s\\n' '${JSON.stringify({ schemaVersion: 1, atMs: 1, ...fields })}' >>"$2/events.jsonl"`;

test.each([
  ['a bad request', 'exit 64', 'bad-request', 1],
  ['a loss that is not finite', 'exit 71', 'non-finite', 1],
  ['a program that is not there', 'exec nothing-of-this-name', 'could-not-start', 1],
  ['a plain failure', 'exit 1', 'exit', 1],
  ['a stage that leaves no result', 'exit 0', 'bad-result', 1],
])('%s is not tried again', async (_name, script, kind, claims) => {
  const results = weirdFolder();
  expect(await runSweep(results, [program('a', script)])).toMatchObject({ failed: [{ failure: { kind } }] });
  expect(claimsOf(results, 'a')).toBe(claims);
});

test('the reason is what the stage itself said, else the last line of its log', async () => {
  const results = weirdFolder();
  const said = event({
    event: 'failed',
    kind: 'ValueError',
    message: 'layer 7: teacher states are not finite',
    step: 12,
  });
  const report = await runSweep(results, [
    program('a', `${said}; echo trace >&2; exit 71`),
    program('b', 'echo one >&2; echo two >&2; exit 64'),
    program('c', `printf '\\033[2J\\033[31mred\\033[0m\\ta\\bb' >&2; exit 64`),
    program('d', 'head -c 3000000 /dev/zero | tr "\\0" x; exit 71'),
  ]);
  expect(report.failed.map(({ failure }) => failure.message)).toEqual([
    'layer 7: teacher states are not finite',
    'two',
    'red a b',
    `${'x'.repeat(500)}…`,
  ]);
});

test('a killed stage is tried again, and so is one that asks for it', async () => {
  const results = weirdFolder();
  const sweep = startSweep(results, [
    program('a', `echo step 7; [ "$3" = 1 ] && kill -9 $$; ${writeResult}`),
    program('b', `echo step 7; [ "$3" = 1 ] && exit 75; ${writeResult}`),
  ]);
  expect(await sweep.done).toMatchObject({ succeeded: 2, failed: [] });
  const failures = sweep.events.flatMap((seen) => (seen.kind === 'attempt-failed' ? [seen.failure.message] : []));
  expect(failures.toSorted()).toEqual(['ended by SIGKILL; it said last: step 7', 'it asked to be started again']);
  expect(claimsOf(results, 'a')).toBe(2);
});

test('a stage out of memory runs alone, then with half the batch, and not for ever', async () => {
  const results = weirdFolder();
  const report = await runSweep(results, [
    program('a', 'echo "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB" >&2; exit 1', {
      maxAccumulation: 2,
    }),
  ]);
  expect(report).toMatchObject({ failed: [{ failure: { kind: 'out-of-memory' } }] });
  const adjustments = [1, 2, 3].map(
    (attempt) => JSON.parse(readText(results, 'stages', 'a', 'attempts', String(attempt), 'request.json')).adjustment,
  );
  expect(adjustments).toEqual([
    { aloneOnDevice: false, accumulationFactor: 1 },
    { aloneOnDevice: true, accumulationFactor: 1 },
    { aloneOnDevice: true, accumulationFactor: 2 },
  ]);
  expect(claimsOf(results, 'a')).toBe(3);
});

test('three failures of one kind within the first minute stop the sweep and say why', async () => {
  const results = weirdFolder();
  const report = await runSweep(
    results,
    Array.from({ length: 10 }, (_, i) => program(`s${i}`, 'echo no CUDA here >&2; exit 1')),
  );
  expect(report.stopReason).toContain(
    'three stages failed within the first minute, all of one kind (exit): no CUDA here',
  );
  expect(report.unfinished).toBeGreaterThan(0);
});

test('a full disk stops the sweep, and the stage counts as not run', async () => {
  const results = weirdFolder();
  const report = await runSweep(results, [
    program('a', 'echo "OSError: [Errno 28] No space left on device" >&2; exit 1'),
  ]);
  expect(report).toMatchObject({ failed: [], unfinished: 1 });
  expect(report.stopReason).toContain('No space left on device');
  expect(await runSweep(results, [program('a', writeResult)])).toMatchObject({ succeeded: 1 });
});

test('a stage over its time limit is ended and goes on from its checkpoint, once', async () => {
  const results = weirdFolder();
  const report = await runSweep(results, [
    program('a', `[ "$3" = 2 ] && { ${writeResult}; exit; }; sleep 300`, { timeoutMs: 300 }),
  ]);
  expect(report).toMatchObject({ succeeded: 1 });
  const journal = readText(results, 'journal.jsonl');
  expect(journal).toContain('"kind":"timeout"');
});

test('a stage without a sign of life is ended and tried again', async () => {
  const results = weirdFolder();
  const alive = `for i in 1 2 3 4 5 6 7 8; do ${event({ event: 'heartbeat' })}; sleep 0.3; done; ${writeResult}`;
  const sweep = startSweep(results, [
    program('silent', `[ "$3" = 2 ] && { ${writeResult}; exit; }; sleep 300`, { silenceMs: 1500 }),
    program('alive', alive, { silenceMs: 1500 }),
  ]);
  expect(await sweep.done).toMatchObject({ succeeded: 2 });
  expect([claimsOf(results, 'silent'), claimsOf(results, 'alive')]).toEqual([2, 1]);
  expect(readText(results, 'journal.jsonl')).toContain('"kind":"no-heartbeat"');
});

test('failed stages start anew when they are asked for, and what needed them follows', async () => {
  const results = weirdFolder();
  const programs = [
    program('a', `[ -e "$1/mended" ] || exit 64; ${writeResult}`),
    program('b', writeResult, { inputs: ['a'] }),
    program('c', `while [ ! -e "$1/../a/result.json" ]; do sleep 0.05; done; ${writeResult}`),
  ];
  const sweep = startSweep(results, programs);
  await eventually(() => sweep.engine.snapshot().counts.blocked).toBe(1);
  writeFileSync(join(results, 'stages', 'a', 'mended'), '');
  sweep.engine.control.retry(['a']);
  expect(await sweep.done).toMatchObject({ succeeded: 3, failed: [], blocked: [] });
});

test('an edited result is found before it is used, and its stage is run again', async () => {
  const results = weirdFolder();
  const teacher = program('teacher', `echo weights >"$1/model.bin"; ${writeResult}`);
  await runSweep(results, [teacher]);
  writeFileSync(join(results, 'stages', 'teacher', 'model.bin'), 'WEIGHTS\n');
  const report = await runSweep(results, [
    teacher,
    program('prune', `grep -q weights "$1/../teacher/model.bin" || exit 64; ${writeResult}`, { inputs: ['teacher'] }),
  ]);
  expect(report).toMatchObject({ succeeded: 2, failed: [] });
  expect([claimsOf(results, 'teacher'), claimsOf(results, 'prune')]).toEqual([2, 1]);
  expect(readText(results, 'journal.jsonl')).toContain('its checksum is not the recorded one');
});

test.each([
  ['truncated', (path: string) => writeFileSync(path, '{')],
  ['edited', (path: string) => writeFileSync(path, '{"score":9}')],
])('a %s result.json makes its stage run again', async (_how, damage) => {
  const results = weirdFolder();
  await runSweep(results, [program('a', writeResult)]);
  damage(join(results, 'stages', 'a', 'result.json'));
  expect(await runSweep(results, [program('a', writeResult)])).toMatchObject({ succeeded: 1 });
  expect(claimsOf(results, 'a')).toBe(2);
  expect(readText(results, 'stages', 'a', 'result.json')).toBe('{"score":1}');
});

test('what vanished or was edited while its sweep went on is found at its end, and run again', async () => {
  const results = weirdFolder();
  const edited = `echo x >>"$1/../tries"; ${writeResult}`;
  const last = `while [ ! -e "$1/../go" ]; do sleep 0.05; done; ${writeResult}`;
  const sweep = startSweep(results, [
    program('edited', edited),
    program('gone', writeResult),
    program('touched', writeResult),
    program('reader', writeResult, { inputs: ['gone'] }),
    program('last', last),
  ]);
  await eventually(() => sweep.engine.snapshot().counts.succeeded).toBe(4);
  const stages = join(results, 'stages');
  writeFileSync(join(stages, 'edited', 'result.json'), '{"score":9}');
  rmSync(join(stages, 'gone'), { recursive: true });
  utimesSync(join(stages, 'touched', 'result.json'), 1, 1);
  writeFileSync(join(stages, 'go'), '');
  expect(await sweep.done).toMatchObject({ succeeded: 5, failed: [] });
  expect(readText(stages, 'edited', 'result.json')).toBe('{"score":1}');
  expect(readText(stages, 'gone', 'result.json')).toBe('{"score":1}');
  expect(['edited', 'gone', 'touched', 'reader'].map((key) => claimsOf(results, key))).toEqual([2, 1, 1, 1]);
});

test('the checkpoint of a finished stage is removed', async () => {
  const results = weirdFolder();
  await runSweep(results, [program('a', `mkdir "$1/checkpoint"; echo x >"$1/checkpoint/state"; ${writeResult}`)]);
  expect(existsSync(join(results, 'stages', 'a', 'checkpoint'))).toBe(false);
});

test('tokens and passwords are masked in logs, journal and messages', async () => {
  const results = weirdFolder();
  process.env.TEST_SERVICE_TOKEN = 'tok-0123456789';
  onTestFinished(() => {
    delete process.env.TEST_SERVICE_TOKEN;
  });
  const print = 'echo "using tok-0123456789 with password=hunter2hunter2"';
  const report = await runSweep(results, [program('a', `${print}; ${print} >&2; exit 64`)]);
  expect(report.failed[0]?.failure.message).toBe('using *** with password=***');
  const attempt = join(results, 'stages', 'a', 'attempts', '1');
  const written = [
    readText(attempt, 'stdout.log'),
    readText(attempt, 'stderr.log'),
    readText(results, 'journal.jsonl'),
  ];
  for (const text of written) expect(text).not.toMatch(/tok-0123456789|hunter2hunter2/);
});
