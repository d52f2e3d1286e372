import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, onTestFinished, vi } from 'vitest';

vi.setConfig({ testTimeout: 120_000 });

export const projectDir = fileURLToPath(new URL('../..', import.meta.url));
/** Plans need the embedded model and data, which set-up brings. */
export const isSetUp = existsSync(join(projectDir, '.data', 'embedded')) && existsSync(join(projectDir, '.venv'));

/** Waits until a condition holds. */
export function eventually<T>(condition: () => T) {
  return expect.poll(condition, { timeout: 60_000, interval: 20 });
}

export type Workplace = {
  readonly results: string;
  readonly sweepFile: string;
  readonly env: Readonly<Record<string, string>>;
};

/** A folder of its own with a sweep file, in which stages are done by a program that stands in for Python's. */
export function workplace(sweep = tinySweep()): Workplace {
  const dir = mkdtempSync(join(tmpdir(), 'layersweep-cli-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return workplaceIn(dir, sweep);
}

/** The same in a folder that its caller removes. */
export function workplaceIn(dir: string, sweep: string): Workplace {
  const sweepFile = join(dir, 'sweep.yaml');
  writeFileSync(sweepFile, sweep);
  const results = join(dir, 'results');
  mkdirSync(results);
  const python = fileURLToPath(new URL('../fixtures/fake-python.mjs', import.meta.url));
  chmodSync(python, 0o755);
  return {
    results,
    sweepFile,
    env: {
      PATH: `${join(projectDir, 'node_modules', '.bin')}:${process.env.PATH}`,
      LAYERSWEEP_PYTHON: python,
      LAYERSWEEP_LEASE_DIR: join(dir, 'leases'),
      CUDA_VISIBLE_DEVICES: '',
      NO_COLOR: '1',
      HOME: dir,
    },
  };
}

export function tinySweep(options: { name?: string; strategies?: string; seeds?: string } = {}): string {
  const { name = 'small', strategies = '[none, v4]', seeds = '[1]' } = options;
  return `name: ${name}
method: grid
model: { source: random, layers: 4 }
parameters:
  preset: { value: tiny }
  task: { value: movies }
  strategy: { values: ${strategies} }
  k: { value: 2 }
  sparsity: { value: 0.6 }
  seed: { values: ${seeds} }
`;
}

/** Runs the command line as a user would, wherever that user is. */
export function layersweep({ env, results }: Workplace, args: readonly string[], more: Record<string, string> = {}) {
  const program = join(projectDir, 'bin', 'layersweep.js');
  return execa(process.execPath, [program, ...args, '--results', results], {
    env: { ...env, ...more },
    extendEnv: false,
    reject: false,
    all: true,
    cwd: tmpdir(),
  });
}
