import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { contestedClaims } from './chaos/contested-claims.ts';
import { fullDisk } from './chaos/full-disk.ts';
import { killOrchestrators } from './chaos/orchestrator-process.ts';
import { seededRandom } from './chaos/random.ts';
import {
  killsAtEveryWrite,
  randomKills,
  removedFolders,
  type Scenario,
  spoiltFiles,
  twoSweeps,
} from './chaos/scenarios.ts';
import { processesUnder } from './chaos/verify.ts';

/** `npm run test:chaos [-- --seed N] [--scale X] [--only NAME]`: kills everything that can be killed, and looks whether the promise holds. */
const { values } = parseArgs({
  options: { seed: { type: 'string' }, scale: { type: 'string', default: '1' }, only: { type: 'string', default: '' } },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const scale = Number(values.scale);
/** Fewer than these show little. */
const fewestKills = 200;

const scenarios: readonly (readonly [name: string, scenario: Scenario, size: number])[] = [
  ['orchestrator killed at random moments, stages killed and stopped', randomKills, 130],
  ['orchestrator killed before and after every line of its journal', killsAtEveryWrite, 60],
  ['many supervisors that claim one attempt at the same moment', contestedClaims, 30],
  ['two sweeps that share all stages, both killed', twoSweeps, 20],
  ['results, models, seals and journal lines edited, truncated and removed', spoiltFiles, 24],
  ['folders removed under way', removedFolders, 8],
  ['full disk', fullDisk, 3],
];

console.log(`seed ${seed}; the same again: npm run test:chaos -- --seed ${seed} --scale ${scale}`);
let allKills = 0;
for (const [index, [name, scenario, size]] of scenarios.entries()) {
  if (!name.includes(values.only)) continue;
  const parent = mkdtempSync(join(tmpdir(), 'layersweep-chaos-'));
  const resultsDir = join(parent, `it's "odd"\n; echo oops`, 'results');
  mkdirSync(resultsDir, { recursive: true });
  const startedMs = performance.now();
  try {
    const { kills, violations } = await scenario(
      resultsDir,
      seededRandom(seed + index),
      Math.max(1, Math.round(size * scale)),
    );
    allKills += kills;
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
    console.log(`${violations.length === 0 ? 'ok  ' : 'FAIL'} ${name}: ${kills} kills, ${seconds} s`);
    for (const violation of violations) console.log(`     ${violation}`);
    if (violations.length > 0) process.exitCode = 1;
  } catch (error) {
    process.exitCode = 1;
    console.log(`FAIL ${name}: ${error instanceof Error ? error.message : String(error)}`);
    killOrchestrators();
    for (const pid of processesUnder(resultsDir)) process.kill(pid, 'SIGKILL');
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}
if (values.only === '' && scale >= 1 && allKills < fewestKills) {
  console.log(`FAIL expected at least ${fewestKills} kills of orchestrators`);
  process.exitCode = 1;
}
console.log(`${allKills} kills of orchestrators; the promise ${process.exitCode === 1 ? 'was BROKEN' : 'holds'}`);
