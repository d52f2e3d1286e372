import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { readFileIfAny } from '../../src/store/atomic-file.ts';
import { stageDirOf, sweepPaths } from '../../src/store/paths.ts';
import type { ProgramStage } from '../../tests/fixtures/program-stage.ts';
import { type Orchestrator, startOrchestrator } from './orchestrator-process.ts';
import type { Random } from './random.ts';
import { findViolations, processesUnder } from './verify.ts';
import { workload } from './workload.ts';

export type ScenarioResult = { readonly kills: number; readonly violations: readonly string[] };
export type Scenario = (resultsDir: string, random: Random, size: number) => Promise<ScenarioResult>;

/** `size` kills of the orchestrator at random moments, some of them while stages are killed or stopped too. */
export const randomKills: Scenario = async (resultsDir, random, size) => {
  const violations: string[] = [];
  let kills = 0;
  for (let sweep = 0; kills < size; sweep += 1) {
    const dir = join(resultsDir, String(sweep));
    mkdirSync(dir);
    const stages = workload(Math.min(size * 2, 60), random);
    kills += await killUntilDone(dir, stages, random, size - kills);
    violations.push(...(await lastRun(dir, stages)));
  }
  return { kills, violations };
};

async function killUntilDone(
  resultsDir: string,
  stages: readonly ProgramStage[],
  random: Random,
  mostKills: number,
): Promise<number> {
  for (let kills = 0; kills < mostKills; kills += 1) {
    const env: Record<string, string> = random.next() < 0.2 ? { JUMP_CLOCK: '7' } : {};
    const orchestrator = startOrchestrator(resultsDir, stages, { env });
    const delayMs = random.between(0, 400);
    const moment = untilUp(orchestrator, resultsDir, 'sweep', kills + 1).then(() => sleep(delayMs));
    await Promise.race([moment, orchestrator.ended]);
    if (random.next() < 0.5) hurtSomeStage(resultsDir, random);
    if (orchestrator.process.exitCode !== null) return kills;
    orchestrator.process.kill('SIGKILL');
    await orchestrator.ended;
    if (random.next() < 0.1) appendFileSync(sweepPaths(resultsDir, 'sweep').journal, '{"schemaVersion":1,"atMs":17');
  }
  return mostKills;
}

/** Killed before and after every single line that it writes to its journal. */
export const killsAtEveryWrite: Scenario = async (resultsDir, random, size) => {
  const stages = workload(Math.min(12, Math.ceil(size / 5)), random);
  const violations: string[] = [];
  let kills = 0;
  for (let write = 1; write <= size; write += 0.5) {
    const dir = join(resultsDir, `at-${write}`);
    mkdirSync(dir, { recursive: true });
    const report = await startOrchestrator(dir, stages, { env: { DIE_AT_WRITE: String(write) } }).ended;
    if (report) break;
    kills += 1;
    violations.push(...(await lastRun(dir, stages)).map((text) => `killed at write ${write}: ${text}`));
  }
  return { kills, violations };
};

/** So many that both sweeps often start the same stage within the same few milliseconds. */
const manySlots = 16;

/** Two sweeps with the same stages, killed in turn. */
export const twoSweeps: Scenario = async (resultsDir, random, size) => {
  const stages = workload(40, random);
  let kills = 0;
  const run = async (name: string): Promise<void> => {
    for (let round = 0; round < size; round += 1) {
      const orchestrator = startOrchestrator(resultsDir, stages, { name, slots: manySlots });
      const delayMs = random.between(0, 600);
      const moment = untilUp(orchestrator, resultsDir, name, round + 1).then(() => sleep(delayMs));
      await Promise.race([moment, orchestrator.ended]);
      if (orchestrator.process.exitCode !== null) return;
      orchestrator.process.kill('SIGKILL');
      await orchestrator.ended;
      kills += 1;
    }
  };
  await Promise.all([run('one'), run('two')]);
  const reports = await Promise.all(
    ['one', 'two'].map((name) => startOrchestrator(resultsDir, stages, { name, slots: manySlots }).ended),
  );
  const violations = reports.flatMap((report) =>
    findViolations(report, { resultsDir, stages, sweeps: ['one', 'two'] }),
  );
  return { kills, violations };
};

/** Results, models, seals and the journal's lines edited, truncated and removed between runs. */
export const spoiltFiles: Scenario = async (resultsDir, random, size) => {
  const stages = workload(12, random);
  const spoilt = new Set<string>();
  const violations: string[] = [];
  let kills = 0;
  await startOrchestrator(resultsDir, stages).ended;
  for (let round = 0; round < size; round += 1) {
    const { key } = random.pick(stages);
    const dir = stageDirOf(resultsDir, key);
    spoilt.add(key);
    if (existsSync(dir)) writeFileSync(join(dir, 'damaged'), '');
    const name = random.pick(['result.json', 'model.bin', 'model.bin', 'seal.json']);
    random.pick([
      () => spoil(join(dir, name), (bytes) => bytes.subarray(0, bytes.length / 2)),
      () => spoil(join(dir, name), (bytes) => bytes.fill('x', 5, 6)),
      () => rmSync(join(dir, name), { force: true }),
      () => rmSync(dir, { recursive: true, force: true }),
    ])();
    if (random.next() < 0.3) violations.push(...(await tornJournal(resultsDir, stages, random)));
    const orchestrator = startOrchestrator(resultsDir, stages);
    if (random.next() < 0.5) {
      await Promise.race([sleep(random.between(200, 500)), orchestrator.ended]);
      if (orchestrator.process.kill('SIGKILL')) kills += 1;
    }
    await orchestrator.ended;
  }
  const report = await startOrchestrator(resultsDir, stages).ended;
  violations.push(...findViolations(report, { resultsDir, stages, spoilt }), ...spoiltLeft(resultsDir, stages));
  return { kills, violations };
};

/** A finished stage has all that it should, whole, whatever was done to it. */
function spoiltLeft(resultsDir: string, stages: readonly ProgramStage[]): string[] {
  return stages.flatMap(({ key }) => {
    const dir = stageDirOf(resultsDir, key);
    const whole = { 'model.bin': `weights ${dir} `, 'result.json': '{"score":1}' };
    return Object.entries(whole)
      .map(([name, text]) => ({ name, text, found: readFileIfAny(join(dir, name)) }))
      .filter(({ text, found }) => found !== text)
      .map(({ name, found }) => `${key}: its ${name} was spoilt, and that was not found: ${JSON.stringify(found)}`);
  });
}

/** A line that is no longer whole is refused, by name; mended, the sweep goes on. */
async function tornJournal(resultsDir: string, stages: readonly ProgramStage[], random: Random): Promise<string[]> {
  const { journal } = sweepPaths(resultsDir, 'sweep');
  const whole = readFileSync(journal, 'utf8');
  const lines = whole.split('\n');
  const torn = random.between(0, lines.length - 1);
  writeFileSync(journal, lines.map((line, i) => (i === torn ? line.slice(0, line.length / 2) : line)).join('\n'));
  const said = await startOrchestrator(resultsDir, stages).ended.then(
    () => 'nothing',
    (error: unknown) => String(error),
  );
  writeFileSync(journal, whole);
  return said.includes('npx layersweep repair sweep') ? [] : [`a torn journal line was met with ${said}`];
}

function spoil(path: string, change: (bytes: Buffer) => Buffer): void {
  if (existsSync(path)) writeFileSync(path, change(readFileSync(path)));
}

/** Folders of stages removed while these run. */
export const removedFolders: Scenario = async (resultsDir, random, size) => {
  const stages = workload(16, random);
  const spoilt = new Set(stages.map(({ key }) => key));
  for (let round = 0; round < size; round += 1) {
    const orchestrator = startOrchestrator(resultsDir, stages);
    await Promise.race([sleep(random.between(300, 600)), orchestrator.ended]);
    const stagesDir = join(resultsDir, 'stages');
    const names = existsSync(stagesDir) ? readdirSync(stagesDir) : [];
    if (names.length > 0) rmSync(join(stagesDir, random.pick(names)), { recursive: true, force: true });
    await orchestrator.ended;
  }
  const report = await startOrchestrator(resultsDir, stages).ended;
  return { kills: 0, violations: findViolations(report, { resultsDir, stages, spoilt }) };
};

async function lastRun(resultsDir: string, stages: readonly ProgramStage[]): Promise<string[]> {
  thaw(resultsDir);
  const report = await startOrchestrator(resultsDir, stages).ended;
  return findViolations(report, { resultsDir, stages });
}

/** Until so many orchestrators have opened the journal: how long one takes to start is the machine's affair. */
async function untilUp(orchestrator: Orchestrator, resultsDir: string, name: string, count: number): Promise<void> {
  const { journal } = sweepPaths(resultsDir, name);
  const openings = (): number => (readFileIfAny(journal) ?? '').split('"event":"opened"').length - 1;
  while (openings() < count && orchestrator.process.exitCode === null) await sleep(10);
}

/** Kills, or stops for a moment, one process of a running stage, or its whole group. */
function hurtSomeStage(resultsDir: string, random: Random): void {
  const victims = processesUnder(resultsDir);
  if (victims.length === 0) return;
  const victim = random.pick(victims);
  const signal = random.pick(['SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGSTOP'] as const);
  const target = random.next() < 0.3 ? -victim : victim;
  try {
    process.kill(target, signal);
    if (signal === 'SIGSTOP') setTimeout(() => thaw(resultsDir), 200);
  } catch {
    // It ended meanwhile, or leads no group.
  }
}

function thaw(resultsDir: string): void {
  for (const pid of processesUnder(resultsDir)) {
    try {
      process.kill(pid, 'SIGCONT');
    } catch {
      // It ended meanwhile.
    }
  }
}
