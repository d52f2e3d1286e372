import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EngineReport } from '../../src/scheduler/report.ts';
import { readFileIfAny } from '../../src/store/atomic-file.ts';
import { sweepPaths } from '../../src/store/paths.ts';
import type { ProgramStage } from '../../tests/fixtures/program-stage.ts';

export type Orchestrator = {
  readonly process: ChildProcess;
  /** The report that it printed, or undefined where it was killed before. */
  readonly ended: Promise<EngineReport | undefined>;
};

export type OrchestratorOptions = {
  readonly name?: string;
  readonly slots?: number;
  /** Passed on to tests/fixtures/orchestrator.ts. */
  readonly env?: Readonly<Record<string, string>>;
};

const script = fileURLToPath(new URL('../../tests/fixtures/orchestrator.ts', import.meta.url));
/** Its stages take a quarter of a second: whoever neither writes nor says anything for so long never will. */
const stillSeconds = 90;
const running = new Set<ChildProcess>();
let counter = 0;

/** Starts an orchestrator of these stages in a process of its own, to be killed. */
export function startOrchestrator(
  resultsDir: string,
  stages: readonly ProgramStage[],
  options: OrchestratorOptions = {},
): Orchestrator {
  const { name = 'sweep', slots = 4, env = {} } = options;
  const scratch = join(resultsDir, '..', 'scratch');
  mkdirSync(scratch, { recursive: true });
  counter += 1;
  const programs = join(scratch, `programs-${name}.json`);
  const output = join(scratch, `output-${process.pid}-${counter}.log`);
  writeFileSync(programs, JSON.stringify(stages));
  const descriptor = openSync(output, 'w');
  const child = spawn(process.execPath, [script, resultsDir, programs, String(slots), name], {
    stdio: ['ignore', descriptor, descriptor],
    env: { ...process.env, ...env },
  });
  closeSync(descriptor);
  const ended = untilEnd(child, output, sweepPaths(resultsDir, name).journal).then(() => {
    const report = reportIn(output);
    if (report) expectNoLeases(resultsDir, child.pid);
    return report;
  });
  return { process: child, ended };
}

/** Those that a scenario which failed had not yet waited for. */
export function killOrchestrators(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** One that stands still is killed: the suite fails then, and does not hang. */
async function untilEnd(child: ChildProcess, output: string, journal: string): Promise<void> {
  running.add(child);
  let seen = '';
  let sinceMs = performance.now();
  let stoodStill = false;
  const timer = setInterval(() => {
    const sizes = [output, journal].map((path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0).join();
    const nowMs = performance.now() - queuedMs(child.pid);
    if (sizes !== seen) sinceMs = nowMs;
    seen = sizes;
    if (nowMs - sinceMs < stillSeconds * 1000) return;
    stoodStill = true;
    child.kill('SIGKILL');
  }, 500);
  await once(child, 'exit');
  clearInterval(timer);
  running.delete(child);
  if (!stoodStill) return;
  const said = readFileSync(output, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
  throw new Error(
    `An orchestrator stood still for ${stillSeconds} seconds and was killed. The last that it said:\n${said}`,
  );
}

/** How long a process was kept from a processor by others: on a busy machine that is no fault of its own. */
function queuedMs(pid: number | undefined): number {
  const [, queuedNs = 0] = (readFileIfAny(`/proc/${pid}/schedstat`) ?? '').split(' ').map(Number);
  return queuedNs / 1e6;
}

/** Who ends in order lets go of all devices; what a killed one held is for the next to free. */
function expectNoLeases(resultsDir: string, pid: number | undefined): void {
  const held = readdirSync(join(resultsDir, 'leases', 'held')).filter((name) => name.startsWith(`${pid}-`));
  if (held.length > 0) throw new Error(`An orchestrator ended and left leases behind: ${held.join(', ')}`);
}

function reportIn(output: string): EngineReport | undefined {
  const text = readFileIfAny(output) ?? '';
  const line = text.split('\n').find((one) => one.startsWith('report '));
  // A full disk may keep one from starting; it says so.
  if (line === undefined && text.includes('Error') && !text.includes('ENOSPC'))
    throw new Error(`An orchestrator failed:\n${text}`);
  return line === undefined ? undefined : (JSON.parse(line.slice('report '.length)) as EngineReport);
}
