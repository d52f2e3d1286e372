import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readFileIfAny } from '../src/store/atomic-file.ts';
import { setUpOrExplain } from './set-up.ts';
import { checks } from './test/checks.ts';
import {
  addCounts,
  closingLine,
  readPytestCounts,
  readVitestCounts,
  readVitestFailures,
  type TestCounts,
} from './test/counts.ts';
import { runTool, runTools, sayRun, type ToolRun } from './test/run-tool.ts';

/** `npm test`: set-up, every check, both suites, and one closing line that adds their counts up. */
const root = join(import.meta.dirname, '..');
const reports = join(root, '.cache', 'test-reports');
const vitestReport = join(reports, 'vitest.json');
const pytestReport = join(reports, 'pytest.xml');

if (await setUpOrExplain({ checks: true })) await runEverything();

async function runEverything(): Promise<void> {
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  const runs = await runTools(root, checks, sayRun);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${vitestReport}`];
  // One process each: together they fill two cores.
  const [vitest, pytest] = await Promise.all([
    runTool(root, { name: 'vitest', command: ['vitest', 'run', ...reporters] }, 'shown'),
    runTool(root, { name: 'pytest', command: ['pytest', '--durations=5', `--junitxml=${pytestReport}`] }),
  ]);
  console.log(pytest.output);
  runs.push(vitest, pytest);
  const counts = addCounts([
    countsOf(vitest, vitestReport, readVitestCounts),
    countsOf(pytest, pytestReport, readPytestCounts),
  ]);
  const failed = runs.filter(({ ok }) => !ok).map(({ name }) => name);
  if (failed.length > 0) {
    const report = readFileIfAny(vitestReport);
    const tests = report === undefined ? [] : readVitestFailures(report, root);
    console.error([`\nFAILED: ${failed.join(', ')}`, ...tests].join('\n  '));
    process.exitCode = 1;
  }
  console.log(`\nvitest ${vitest.seconds.toFixed(0)} s, pytest ${pytest.seconds.toFixed(0)} s`);
  console.log(closingLine(counts));
}

/** A suite that ended without its report has failed, at least once. */
function countsOf(run: ToolRun, path: string, read: (report: string) => TestCounts): TestCounts {
  const report = readFileIfAny(path);
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const counts = read(report);
  return run.ok ? counts : { ...counts, failed: Math.max(1, counts.failed) };
}
