import { z } from 'zod';

export type TestCounts = { readonly passed: number; readonly failed: number; readonly skipped: number };

const vitestSchema = z.object({
  success: z.boolean(),
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
});

/** From vitest's JSON report. A file that could not be loaded has no test that fails, so it counts as one. */
export function readVitestCounts(report: string): TestCounts {
  const { success, numPassedTests, numFailedTests, numPendingTests, numTodoTests } = vitestSchema.parse(
    JSON.parse(report),
  );
  const failed = success ? numFailedTests : Math.max(1, numFailedTests);
  return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests };
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
