import { expect, test } from 'vitest';
import {
  addCounts,
  closingLine,
  readPytestCounts,
  readVitestCounts,
  readVitestFailures,
} from '../../scripts/test/counts.ts';

const vitest = {
  success: true,
  numPassedTests: 5,
  numFailedTests: 0,
  numPendingTests: 2,
  numTodoTests: 0,
  testResults: [],
};

test('the closing line adds both suites up', () => {
  const pytest =
    '<?xml version="1.0"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="1.0"><testcase/></testsuite></testsuites>';
  const counts = addCounts([readVitestCounts(JSON.stringify(vitest)), readPytestCounts(pytest)]);
  expect(closingLine(counts)).toBe('9 passed, 3 failed, 5 skipped');
});

test('a test file that could not be loaded counts as a failure', () => {
  expect(readVitestCounts(JSON.stringify({ ...vitest, success: false })).failed).toBe(1);
});

test('failed tests are named with the beginning of their messages', () => {
  const file = (name: string, message: string, ...assertionResults: object[]) => ({ name, message, assertionResults });
  const report = {
    ...vitest,
    testResults: [
      file(
        '/place/tests/a.test.ts',
        '',
        { fullName: 'one', status: 'passed', failureMessages: [] },
        { fullName: 'two', status: 'failed', failureMessages: ['expected 1 to be 2\n at a.test.ts'] },
      ),
      file('/place/tests/b.test.ts', 'Cannot find module\nc.ts'),
    ],
  };
  expect(readVitestFailures(JSON.stringify(report), '/place')).toEqual([
    'tests/a.test.ts > two: expected 1 to be 2',
    'tests/b.test.ts: Cannot find module',
  ]);
});
