import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

type Report = { isReady: boolean; findings: { id: string; state: string; found: string; mend: string | null }[] };

async function doctor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const result = await execa(join(root, 'bin/layersweep.js'), ['doctor', ...args], { env, reject: false });
  return {
    exitCode: result.exitCode,
    stdout: result.stdout,
    report: args.includes('--json') ? (JSON.parse(result.stdout) as Report) : undefined,
  };
}

test('a machine on which the tests run lacks nothing', async () => {
  const { exitCode, report } = await doctor(['--json']);
  expect(report?.findings.filter(({ state }) => state === 'missing')).toEqual([]);
  expect(report?.isReady).toBe(true);
  expect(exitCode).toBe(0);
  const ids = [
    'node',
    'npm-packages',
    'python',
    'venv',
    'python-packages',
    'embedded-model',
    'embedded-data',
    'disk',
    'memory',
    'gpu',
    'glue',
  ];
  expect(report?.findings.map(({ id }) => id)).toEqual(ids);
});

test('a GLUE directory that is none is a warning, with what mends it', async () => {
  const { exitCode, report } = await doctor(['--json'], { LAYERSWEEP_GLUE_DIR: join(root, 'src') });
  const glue = report?.findings.find(({ id }) => id === 'glue');
  expect(glue).toMatchObject({ state: 'warning', found: `${join(root, 'src')} holds no complete task` });
  expect(glue?.mend).toContain('export LAYERSWEEP_GLUE_DIR=');
  expect(exitCode).toBe(0);
});

test('for people it is a line for each thing, and a verdict', async () => {
  const { stdout } = await doctor([], { NO_COLOR: '1' });
  expect(stdout).toContain('ok       Python environment');
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('Everything that a sweep needs is there.');
});
