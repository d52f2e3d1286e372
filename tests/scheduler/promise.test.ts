import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { cpuSlots } from '../../src/executor/devices.ts';
import type { StageSpec } from '../../src/scheduler/stage-spec.ts';
import {
  claimsOf,
  eventually,
  isAlive,
  program,
  readText,
  reportIn,
  spawnOrchestrator,
  startSweep,
  weirdFolder,
  writeResult,
} from './sweep-fixture.ts';

/** Runs until its folder has a file `go`. */
const untilTold = `echo $$ >"$1/pid"; while [ ! -e "$1/go" ]; do sleep 0.05; done; ${writeResult}`;

test('a stage goes on when its orchestrator is killed, and the next one adopts it', async () => {
  const results = weirdFolder();
  const programs = [
    { key: 'a', script: untilTold },
    { key: 'b', script: writeResult, inputs: ['a'] },
  ];
  const first = spawnOrchestrator(results, programs);
  const dir = join(results, 'stages', 'a');
  await eventually(() => existsSync(join(dir, 'pid'))).toBe(true);
  first.kill('SIGKILL');
  await first;
  expect(isAlive(Number(readText(dir, 'pid')))).toBe(true);
  const second = spawnOrchestrator(results, programs);
  await eventually(() => readText(results, 'sweep', 'journal.jsonl')).toContain('stage-adopted');
  writeFileSync(join(dir, 'go'), '');
  const { all } = await second;
  expect(all).toContain('followed a nobody');
  expect(reportIn(all)).toMatchObject({ succeeded: 2, failed: [] });
  expect([claimsOf(results, 'a'), claimsOf(results, 'b')]).toEqual([1, 1]);
});

test('a stage that ended while no orchestrator looked is not run again', async () => {
  const results = weirdFolder();
  const programs = [{ key: 'a', script: untilTold }];
  const first = spawnOrchestrator(results, programs);
  const dir = join(results, 'stages', 'a');
  await eventually(() => existsSync(join(dir, 'pid'))).toBe(true);
  first.kill('SIGKILL');
  await first;
  writeFileSync(join(dir, 'go'), '');
  await eventually(() => readText(dir, 'attempts', '1', 'exit.json')).toContain('code');
  expect(reportIn((await spawnOrchestrator(results, programs)).all)).toMatchObject({ succeeded: 1 });
  expect(claimsOf(results, 'a')).toBe(1);
  const succeeded = readText(results, 'sweep', 'journal.jsonl').match(/stage-succeeded.*?"seconds":[^,]*/g);
  // Its time is known by that of its files.
  expect(succeeded).toEqual([expect.not.stringMatching(/"seconds":0$/)]);
});

test('a stage whose supervisor was killed with it is run again, and what it left behind is ended', async () => {
  const results = weirdFolder();
  const script = `[ "$3" = 2 ] && { ${writeResult}; exit; }; ${untilTold}`;
  const first = spawnOrchestrator(results, [{ key: 'a', script }]);
  const dir = join(results, 'stages', 'a');
  await eventually(() => existsSync(join(dir, 'pid'))).toBe(true);
  const stage = Number(readText(dir, 'pid'));
  first.kill('SIGKILL');
  await first;
  const claim = JSON.parse(readText(dir, 'claims', 'claim-1.json')) as { pid: number };
  process.kill(claim.pid, 'SIGKILL');
  expect(isAlive(stage)).toBe(true);
  expect(reportIn((await spawnOrchestrator(results, [{ key: 'a', script }])).all)).toMatchObject({ succeeded: 1 });
  expect(isAlive(stage)).toBe(false);
  expect(claimsOf(results, 'a')).toBe(2);
});

test('what a killed supervisor left is ended though its environment tells nothing, as that of a program that just starts', async () => {
  const results = weirdFolder();
  const script = `[ "$3" = 2 ] && { ${writeResult}; exit; }; exec env -i /bin/sh -c 'echo $$ >"$1/pid"; while :; do sleep 0.05; done' sh "$1"`;
  const running = spawnOrchestrator(results, [{ key: 'a', script }]);
  const dir = join(results, 'stages', 'a');
  await eventually(() => readText(dir, 'pid')).toMatch(/\d\n/);
  const stage = Number(readText(dir, 'pid'));
  const claim = JSON.parse(readText(dir, 'claims', 'claim-1.json')) as { pid: number };
  process.kill(claim.pid, 'SIGKILL');
  expect(reportIn((await running).all)).toMatchObject({ succeeded: 1 });
  expect(isAlive(stage)).toBe(false);
});

test('a second orchestrator of the same sweep is refused, and told who holds it', async () => {
  const results = weirdFolder();
  const programs = [{ key: 'a', script: untilTold }];
  const first = spawnOrchestrator(results, programs);
  const dir = join(results, 'stages', 'a');
  await eventually(() => existsSync(join(dir, 'pid'))).toBe(true);
  const { all, exitCode } = await spawnOrchestrator(results, programs);
  expect(exitCode).not.toBe(0);
  expect(all).toContain(`The sweep \`sweep\` is being run already, by process ${first.pid}`);
  writeFileSync(join(dir, 'go'), '');
  await first;
});

test('two sweeps that share a stage, started together, run it once; the second waits and says so', async () => {
  const results = weirdFolder();
  const programs = [
    { key: 'teacher', script: untilTold },
    { key: 'x', script: writeResult, inputs: ['teacher'] },
  ];
  const sweeps = [
    spawnOrchestrator(results, programs, { name: 'one' }),
    spawnOrchestrator(results, programs, { name: 'two' }),
  ];
  const dir = join(results, 'stages', 'teacher');
  const journals = () =>
    ['one', 'two'].map((name) =>
      existsSync(join(results, name, 'journal.jsonl')) ? readText(results, name, 'journal.jsonl') : '',
    );
  await eventually(() => journals().filter((text) => text.includes('stage-adopted'))).toHaveLength(1);
  writeFileSync(join(dir, 'go'), '');
  const outputs = (await Promise.all(sweeps)).map(({ all }) => all);
  for (const output of outputs) expect(reportIn(output)).toMatchObject({ succeeded: 2, failed: [] });
  expect(outputs.filter((output) => output.includes('followed teacher another-sweep'))).toHaveLength(1);
  expect([claimsOf(results, 'teacher'), claimsOf(results, 'x')], journals().join('\n')).toEqual([1, 1]);
});

function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

test('a stage that another sweep claims at the last moment leaves its device to the next one', async () => {
  const results = weirdFolder();
  const other = spawnOrchestrator(results, [{ key: 'shared', script: untilTold }], { name: 'other' });
  const shared = program('shared', untilTold);
  const late: StageSpec = {
    ...shared,
    prepare: (facts) => {
      // Longer than after which a stage of ours would be looked through for what it left behind.
      do block(1100);
      while (claimsOf(results, 'shared') === 0);
      return shared.prepare(facts);
    },
  };
  const sweep = startSweep(results, [late, program('own', writeResult)], {
    devices: cpuSlots(1),
    leaseDir: join(results, 'leases-of-other-devices'),
  });
  await eventually(() => sweep.events.some((event) => event.kind === 'succeeded' && event.spec.key === 'own')).toBe(
    true,
  );
  expect(existsSync(join(results, 'stages', 'shared', 'result.json'))).toBe(false);
  writeFileSync(join(results, 'stages', 'shared', 'go'), '');
  expect(await sweep.done).toMatchObject({ succeeded: 2, failed: [] });
  expect(reportIn((await other).all)).toMatchObject({ succeeded: 1, failed: [] });
  expect(claimsOf(results, 'shared')).toBe(1);
});

test("a sweep does not hold another live sweep's stage to its own time limit", async () => {
  const results = weirdFolder();
  const other = spawnOrchestrator(results, [{ key: 'shared', script: untilTold }], { name: 'other' });
  await eventually(() => claimsOf(results, 'shared')).toBe(1);
  const sweep = startSweep(results, [program('shared', untilTold, { timeoutMs: 1 })]);
  await eventually(() => sweep.events.some(({ kind }) => kind === 'followed')).toBe(true);
  // Several looks at the time limit.
  await setTimeout(3000);
  writeFileSync(join(results, 'stages', 'shared', 'go'), '');
  expect(await sweep.done).toMatchObject({ succeeded: 1, failed: [] });
  expect(reportIn((await other).all)).toMatchObject({ succeeded: 1, failed: [] });
});

test('a closed terminal leaves stages running', async () => {
  const results = weirdFolder();
  const programs = [{ key: 'a', script: untilTold }];
  const first = spawnOrchestrator(results, programs);
  const dir = join(results, 'stages', 'a');
  await eventually(() => existsSync(join(dir, 'pid'))).toBe(true);
  first.kill('SIGHUP');
  expect(reportIn((await first).all)).toMatchObject({ detached: true });
  expect(isAlive(Number(readText(dir, 'pid')))).toBe(true);
  writeFileSync(join(dir, 'go'), '');
  expect(reportIn((await spawnOrchestrator(results, programs)).all)).toMatchObject({ succeeded: 1 });
  expect(claimsOf(results, 'a')).toBe(1);
});
