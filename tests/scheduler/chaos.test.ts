import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { contestedClaims } from '../../scripts/chaos/contested-claims.ts';
import { seededRandom } from '../../scripts/chaos/random.ts';
import {
  killsAtEveryWrite,
  randomKills,
  removedFolders,
  type Scenario,
  spoiltFiles,
  twoSweeps,
} from '../../scripts/chaos/scenarios.ts';

vi.setConfig({ testTimeout: 600_000 });

const scenarios: [string, Scenario, number][] = [
  ['its orchestrator is killed at random moments, and stages are killed and stopped', randomKills, 4],
  ['its orchestrator is killed before and after the lines of its journal', killsAtEveryWrite, 3],
  ['many supervisors claim one attempt at the same moment', contestedClaims, 2],
  ['two sweeps share all stages and both are killed', twoSweeps, 2],
  ['results are edited, truncated and removed', spoiltFiles, 2],
  ['folders are removed under way', removedFolders, 1],
];

// The long form, with a seed of its choice: npm run test:chaos.
test.each(scenarios)('the promise holds when %s', async (_name, scenario, size) => {
  const parent = mkdtempSync(join(tmpdir(), 'layersweep-chaos-'));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const resultsDir = join(parent, `it's "odd"\n; echo oops`, 'results');
  mkdirSync(resultsDir, { recursive: true });
  expect((await scenario(resultsDir, seededRandom(5), size)).violations).toEqual([]);
});
