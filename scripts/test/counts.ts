import { relative } from 'node:path';
import { z } from 'zod';

export type TestCounts = { readonly passed: number; readonly failed: number; readonly skipped: number };

const vitestSchema = z.object({
  success: z.boolean(),
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
});

/** From vitest's JSON report. A file that could not be loaded has no test that fails, so it counts as one. */
export function readVitestCounts(report: string): TestCounts {
  const { success, numPassedTests, numFailedTests, numPendingTests, numTodoTests } = vitestSchema.parse(
    JSON.parse(report),
  );
  const failed = success ? numFailedTests : Math.max(1, numFailedTests);
  return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests };
}

/** One line a failed test of vitest's JSON report, or a file that could not be loaded: which, and how its message begins. */
export function readVitestFailures(report: string, root: string): string[] {
  return vitestSchema.parse(JSON.parse(report)).testResults.flatMap(({ name, message, assertionResults }) => {
    const line = (test: string, text = '') => `${relative(root, name)}${test}: ${text.split('\n')[0]}`;
    const failed = assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => line(` > ${fullName}`, failureMessages?.[0]));
    return message === '' ? failed : [line('', message), ...failed];
  });
}

/** From pytest's JUnit report; an error in a fixture or while collecting counts as a failure. */
export function readPytestCounts(report: string): TestCounts {
  const suite = /<testsuite\s[^>]*>/.exec(report)?.[0];
  if (suite === undefined) throw new Error('Expected a <testsuite> in the report of pytest');
  const count = (name: string) => Number(new RegExp(`\\s${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = count('failures') + count('errors');
  const skipped = count('skipped');
  return { passed: count('tests') - failed - skipped, failed, skipped };
}

export function addCounts(counts: readonly TestCounts[]): TestCounts {
  const sum = (pick: (one: TestCounts) => number) => counts.reduce((total, one) => total + pick(one), 0);
  return { passed: sum((one) => one.passed), failed: sum((one) => one.failed), skipped: sum((one) => one.skipped) };
}

export function closingLine({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
