import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EngineReport } from '../../src/scheduler/report.ts';
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
  return { process: child, ended: once(child, 'exit').then(() => reportIn(output)) };
}

function reportIn(output: string): EngineReport | undefined {
  const text = existsSync(output) ? readFileSync(output, 'utf8') : '';
  const line = text.split('\n').find((one) => one.startsWith('report '));
  // A full disk may keep one from starting; it says so.
  if (line === undefined && text.includes('Error') && !text.includes('ENOSPC'))
    throw new Error(`An orchestrator failed:\n${text}`);
  return line === undefined ? undefined : (JSON.parse(line.slice('report '.length)) as EngineReport);
}
