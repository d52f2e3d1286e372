import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startOrchestrator } from './orchestrator-process.ts';
import type { Scenario } from './scenarios.ts';
import { findViolations } from './verify.ts';
import { workload } from './workload.ts';

const sizeKiB = 1024;

/** On a small file system of its own that is filled while a sweep runs, then emptied: nothing is lost. */
export const fullDisk: Scenario = async (resultsDir, random, size) => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeKiB}k`, 'tmpfs', resultsDir], { stdio: 'pipe' });
  } catch {
    console.log('skip full disk: a small file system cannot be mounted here (needs root)');
    return { kills: 0, violations: [] };
  }
  try {
    const stages = workload(16, random);
    const ballast = join(resultsDir, 'ballast');
    const violations: string[] = [];
    for (let round = 0; round < size; round += 1) {
      const orchestrator = startOrchestrator(resultsDir, stages);
      setTimeout(() => fill(ballast, random.between(0, 3)), random.between(350, 700));
      await orchestrator.ended;
      rmSync(ballast, { recursive: true, force: true });
    }
    const report = await startOrchestrator(resultsDir, stages).ended;
    violations.push(...findViolations(report, { resultsDir, stages }));
    return { kills: 0, violations };
  } finally {
    execFileSync('umount', ['-l', resultsDir]);
  }
};

/** Leaves at most this many pages free. */
function fill(ballast: string, freePages: number): void {
  mkdirSync(ballast, { recursive: true });
  const { bavail, bsize } = statfsSync(ballast);
  try {
    writeFileSync(join(ballast, 'all'), Buffer.alloc(Math.max(0, bavail - freePages) * bsize));
  } catch {
    // Full is what was wanted.
  }
}
