import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect } from 'vitest';

const python = fileURLToPath(new URL('../../../.venv/bin/python', import.meta.url));

export const hasPython = existsSync(python);

/** Answers one line of JSON with another, so that scipy is imported once. An exception ends it, and is shown. */
const answerLines = `import json, sys
for line in sys.stdin:
    scope = json.loads(line)
    exec(scope["body"], scope)
    print(json.dumps(scope["results"], allow_nan=False), flush=True)
`;

export type Oracle = { readonly ask: <Result>(cases: unknown, body: string) => Promise<Result>; close: () => void };

/** A Python whose `ask` runs code that reads `cases` (JSON) and assigns `results`, and returns these, one question at a
 * time. NaN and Infinity are not JSON, and fail. */
export function startOracle(): Oracle {
  const child = spawn(python, ['-c', answerLines], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    ask: async (cases, body) => {
      child.stdin.write(`${JSON.stringify({ cases, body })}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error('The oracle ended without an answer');
      return JSON.parse(value);
    },
    close: () => child.stdin.end(),
  };
}

/** Whether two numbers agree to 1e-9, relative to their size where they are above 1. */
function agreesClosely(actual: number, expected: number): boolean {
  return Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected));
}

/** The same cases every time, so that a failure can be repeated. */
export function sampled<T>(arbitrary: fc.Arbitrary<T>, count = 200): T[] {
  return fc.sample(arbitrary, { numRuns: count, seed: 34 });
}

export function expectAgreement(
  actual: readonly number[],
  expected: readonly number[],
  cases: readonly unknown[],
): void {
  expect(actual.length).toBe(expected.length);
  const wrong = actual.flatMap((mine, i) =>
    agreesClosely(mine, expected[i] ?? Number.NaN) ? [] : [{ case: cases[i], mine, theirs: expected[i] }],
  );
  expect(wrong).toEqual([]);
}
