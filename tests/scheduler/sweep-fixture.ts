import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, onTestFinished, vi } from 'vitest';
import { cpuSlots, type Device } from '../../src/executor/devices.ts';
import { openLeaseTable } from '../../src/executor/leases.ts';
import { listGpuProcesses } from '../../src/executor/nvidia-smi.ts';
import type { EngineEvent } from '../../src/scheduler/context.ts';
import { type Engine, startEngine } from '../../src/scheduler/engine.ts';
import { createGpuMemory } from '../../src/scheduler/gpu-memory.ts';
import { replay } from '../../src/scheduler/memory.ts';
import type { EngineReport } from '../../src/scheduler/report.ts';
import type { StageSpec } from '../../src/scheduler/stage-spec.ts';
import { processStat } from '../../src/store/identity.ts';
import { openJournal, readJournal } from '../../src/store/journal.ts';
import { stageDirOf } from '../../src/store/paths.ts';
import { secretsIn } from '../../src/store/secrets.ts';
import { type ProgramStage, programSpec } from '../fixtures/program-stage.ts';

export { writeResult } from '../fixtures/program-stage.ts';

// Processes are started, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

/** Waits until a condition holds. */
export function eventually<T>(condition: () => T) {
  return expect.poll(condition, { timeout: 60_000, interval: 20 });
}

/** A folder whose name no shell or path code may trip over. */
export function weirdFolder(): string {
  const parent = mkdtempSync(join(tmpdir(), 'layersweep-test-'));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const folder = join(parent, `it's "odd"\n; echo oops $HOME`);
  mkdirSync(folder);
  return folder;
}

export function gpus(count: number): Device[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `GPU-${i}`,
    label: `gpu:${i}`,
    kind: 'cuda',
    name: 'GPU',
    memoryMiB: 1000,
  }));
}

let rank = 0;

export function program(key: string, script: string, options: Omit<ProgramStage, 'key' | 'script'> = {}): StageSpec {
  rank += 1;
  return programSpec({ key, script, ...options }, rank);
}

export type Sweep = {
  readonly engine: Engine;
  readonly events: EngineEvent[];
  readonly done: Promise<EngineReport>;
};

/** Starts, or resumes, the engine on a results folder, as the run verb does. */
export function startSweep(
  resultsDir: string,
  specs: readonly StageSpec[],
  options: { devices?: readonly Device[]; slots?: number; leaseDir?: string; env?: NodeJS.ProcessEnv } = {},
): Sweep {
  mkdirSync(resultsDir, { recursive: true });
  const path = join(resultsDir, 'journal.jsonl');
  const recorded = readJournal(path);
  const journal = openJournal(path);
  const events: EngineEvent[] = [];
  const engine = startEngine({
    specs,
    resultsDir,
    journal,
    memory: replay(recorded),
    devices: options.devices ?? cpuSlots(2),
    slots: options.slots,
    leases: openLeaseTable(options.leaseDir ?? join(resultsDir, 'leases')),
    gpuMemory: createGpuMemory(() => listGpuProcesses(options.env ?? { PATH: '/nonexistent' }), recorded),
    secrets: secretsIn(process.env),
    provenance: { host: 'test' },
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

export function isAlive(pid: number): boolean {
  return processStat(pid) !== undefined;
}

/** Starts an orchestrator in a process of its own, which a test may kill. */
export function spawnOrchestrator(
  resultsDir: string,
  programs: readonly ProgramStage[],
  options: { slots?: number; limit?: number; name?: string } = {},
) {
  mkdirSync(resultsDir, { recursive: true });
  const file = join(resultsDir, `programs-${options.name ?? 'sweep'}.json`);
  writeFileSync(file, JSON.stringify(programs));
  const script = fileURLToPath(new URL('../fixtures/orchestrator.ts', import.meta.url));
  const { slots = 2, limit = slots, name = 'sweep' } = options;
  return execa(process.execPath, [script, resultsDir, file, String(slots), name, String(limit)], {
    reject: false,
    all: true,
  });
}

/** What it printed in the end. */
export function reportIn(output: string): EngineReport {
  const line = output.split('\n').find((text) => text.startsWith('report '));
  if (line === undefined) throw new Error(`Expected a report, found: ${output}`);
  return JSON.parse(line.slice('report '.length)) as EngineReport;
}
