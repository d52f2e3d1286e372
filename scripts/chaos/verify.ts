import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLeaseTable } from '../../src/executor/leases.ts';
import type { EngineReport } from '../../src/scheduler/report.ts';
import { lastAttempt } from '../../src/store/claim.ts';
import { livenessOf, processStat } from '../../src/store/identity.ts';
import { readJournal } from '../../src/store/journal.ts';
import { attemptVariable } from '../../src/store/marked-processes.ts';
import { stageDirOf, sweepPaths } from '../../src/store/paths.ts';
import type { ProgramStage } from '../../tests/fixtures/program-stage.ts';

export type Expectation = {
  readonly resultsDir: string;
  readonly stages: readonly ProgramStage[];
  readonly sweeps?: readonly string[];
  /** Stages whose files were spoilt on purpose, so that they ran again. */
  readonly spoilt?: ReadonlySet<string>;
};

/** Every way in which the promise was not kept; none where it was. */
export function findViolations(report: EngineReport | undefined, expectation: Expectation): string[] {
  const { resultsDir, stages, sweeps = ['sweep'], spoilt = new Set() } = expectation;
  const violations: string[] = [];
  if (report?.succeeded !== stages.length) violations.push(`not all stages succeeded: ${JSON.stringify(report)}`);
  for (const name of sweeps) {
    const counts = new Map<string, number>();
    for (const event of readJournal(sweepPaths(resultsDir, name).journal)) {
      if (event.event === 'stage-succeeded') counts.set(event.key, (counts.get(event.key) ?? 0) + 1);
    }
    for (const { key } of stages) {
      const count = counts.get(key) ?? 0;
      if (count !== 1 && !spoilt.has(key)) violations.push(`${name}: ${key} was recorded ${count} times`);
    }
  }
  for (const { key } of stages) {
    const dir = stageDirOf(resultsDir, key);
    if (existsSync(join(dir, 'violations')) && !spoilt.has(key)) {
      violations.push(`${key}: ${readFileSync(join(dir, 'violations'), 'utf8').trim()}`);
    }
    const last = lastAttempt(dir);
    if (last.kind !== 'exited' || last.code !== 0) violations.push(`${key}: its last claim is ${last.kind}`);
  }
  violations.push(...leasesLeft(resultsDir));
  const left = processesUnder(resultsDir);
  if (left.length > 0) violations.push(`processes left: ${left.join(', ')}`);
  return violations;
}

/** While another sweep runs, its leases are no remnants. */
function leasesLeft(resultsDir: string): string[] {
  return openLeaseTable(join(resultsDir, 'leases'))
    .list()
    .filter(({ orchestrator }) => livenessOf(orchestrator) === 'dead')
    .map(({ path, device }) => `a lease of ${device} is left: ${path}`);
}

/** Processes of any attempt in this folder. */
export function processesUnder(resultsDir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => environmentOf(pid).includes(`${attemptVariable}=${resultsDir}`) && processStat(pid) !== undefined);
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}
