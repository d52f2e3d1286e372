import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const python = fileURLToPath(new URL('../../../.venv/bin/python', import.meta.url));

export const hasPython = existsSync(python);

/** Runs Python that reads `cases` (JSON) and assigns `results`, and returns these. NaN and Infinity are not JSON, and fail. */
export function oracle<Result>(cases: unknown, body: string): Result {
  const source = `import json, sys\ncases = json.load(sys.stdin)\n${body}\njson.dump(results, sys.stdout, allow_nan=False)\n`;
  return JSON.parse(
    execFileSync(python, ['-c', source], { input: JSON.stringify(cases), encoding: 'utf8', maxBuffer: 1 << 26 }),
  ) as Result;
}

/** Whether two numbers agree to 1e-9, relative to their size where they are above 1. */
export function agreesClosely(actual: number, expected: number): boolean {
  return Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected));
}
