import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { cpuSlots, type Device } from '../../src/executor/devices.ts';
import { openLeaseTable } from '../../src/executor/leases.ts';
import type { EngineEvent } from '../../src/scheduler/context.ts';
import { type Engine, startEngine } from '../../src/scheduler/engine.ts';
import { replay } from '../../src/scheduler/memory.ts';
import type { EngineReport } from '../../src/scheduler/report.ts';
import type { StageSpec } from '../../src/scheduler/stage-spec.ts';
import { openJournal, readJournal } from '../../src/store/journal.ts';
import { stageDirOf } from '../../src/store/paths.ts';

/** A folder whose name no shell or path code may trip over. */
export function weirdFolder(): string {
  const parent = mkdtempSync(join(tmpdir(), 'layersweep-test-'));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const folder = join(parent, `it's "odd"\n; echo oops $HOME`);
  mkdirSync(folder);
  return folder;
}

export type ProgramOptions = Partial<
  Pick<StageSpec, 'inputs' | 'gpus' | 'runsPerGpu' | 'timeoutMs' | 'silenceMs' | 'canAccumulate'>
>;

let rank = 0;

/**
 * A stage that is a shell program: $1 is its folder, $2 its attempt's, $3 the attempt's number.
 * It is well when it has left a result.json.
 */
export function program(key: string, script: string, options: ProgramOptions = {}): StageSpec {
  rank += 1;
  return {
    key,
    label: key,
    kind: 'command',
    inputs: [],
    rank,
    gpus: 1,
    runsPerGpu: 1,
    timeoutMs: undefined,
    silenceMs: undefined,
    canAccumulate: () => false,
    prepare: ({ stageDir, attemptDir, attempt, gpus, adjustment }) => ({
      request: JSON.stringify({ key, attempt, adjustment }),
      file: '/bin/sh',
      args: ['-c', script, 'stage', stageDir, attemptDir, String(attempt)],
      env: {
        PATH: process.env.PATH ?? '',
        CUDA_VISIBLE_DEVICES: gpus.join(','),
      },
      cwd: process.cwd(),
    }),
    checkResult: ({ stageDir }) => (existsSync(join(stageDir, 'result.json')) ? undefined : 'it left no result.json'),
    ...options,
  };
}

export const writeResult = `printf '{"score":1}' >"$1/result.tmp"; mv "$1/result.tmp" "$1/result.json"`;

export type Sweep = {
  readonly engine: Engine;
  readonly events: EngineEvent[];
  readonly done: Promise<EngineReport>;
};

/** Starts, or resumes, the engine on a results folder, as the run verb does. */
export function startSweep(
  resultsDir: string,
  specs: readonly StageSpec[],
  options: { devices?: readonly Device[]; leaseDir?: string } = {},
): Sweep {
  mkdirSync(resultsDir, { recursive: true });
  const path = join(resultsDir, 'journal.jsonl');
  const memory = replay(readJournal(path));
  const journal = openJournal(path);
  const events: EngineEvent[] = [];
  const engine = startEngine({
    specs,
    resultsDir,
    journal,
    memory,
    devices: options.devices ?? cpuSlots(2),
    leases: openLeaseTable(options.leaseDir ?? join(resultsDir, 'leases')),
    onEvent: (event) => events.push(event),
  });
  return { engine, events, done: engine.done.finally(() => journal.close()) };
}

export function runSweep(resultsDir: string, specs: readonly StageSpec[]): Promise<EngineReport> {
  return startSweep(resultsDir, specs).done;
}

/** How often a stage was claimed, which is how often it was started. */
export function claimsOf(resultsDir: string, key: string): number {
  const dir = join(stageDirOf(resultsDir, key), 'claims');
  return existsSync(dir) ? readdirSync(dir).filter((name) => /^claim-\d+\.json$/.test(name)).length : 0;
}

export function readText(...parts: string[]): string {
  return readFileSync(join(...parts), 'utf8');
}
