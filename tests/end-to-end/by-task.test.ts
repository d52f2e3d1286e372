import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { resultSchema } from '../../src/wire/result.ts';

const projectDir = fileURLToPath(new URL('../..', import.meta.url));
const isSetUp = existsSync(join(projectDir, '.data', 'embedded')) && existsSync(join(projectDir, '.venv'));

const sweep = `name: by-task
method: grid
model: { source: random, layers: 4 }
parameters:
  preset: { value: tiny }
  task: { value: movies }
  strategy: { value: by-task }
  k: { value: 2 }
  sparsity: { values: [0.6, 0.8] }
`;

test.skipIf(!isSetUp)(
  'layers selected by task are measured once for all sparsities, drawn in every step, and agree with the reference',
  async () => {
    const dir = mkdtempSync(join(tmpdir(), 'layersweep-by-task-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const file = join(dir, 'sweep.yaml');
    const results = join(dir, 'results');
    writeFileSync(file, sweep);
    const layersweep = (...args: string[]) =>
      execa(process.execPath, [join(projectDir, 'bin', 'layersweep.js'), ...args], {
        reject: false,
        all: true,
        cwd: dir,
      });

    const run = await layersweep('run', file, '--device', 'cpu', '--results', results);
    expect(run.all).toContain('8 stages finished, 0 failed');
    expect(run.exitCode).toBe(0);

    const stages = join(results, 'stages');
    const foldersOf = (kind: string) => readdirSync(stages).filter((name) => name.startsWith(`${kind}-`));
    const [measured, ...others] = foldersOf('importance').map((name) =>
      resultSchema.parse(JSON.parse(readFileSync(join(stages, name, 'result.json'), 'utf8'))),
    );
    expect(others).toEqual([]);
    if (measured?.stage !== 'importance') throw new Error('no importance was measured');
    const { importance } = measured;
    const best = importance.map((_, layer) => layer).sort((a, b) => (importance[b] ?? 0) - (importance[a] ?? 0));
    const drawn = best.slice(0, 2).sort((a, b) => a - b);
    for (const name of foldersOf('prune')) {
      const [first = ''] = readFileSync(join(stages, name, 'choices.jsonl'), 'utf8').split('\n');
      expect(new Set(JSON.parse(first).drawnLayers.map(String))).toEqual(new Set([String(drawn)]));
    }

    const parity = await layersweep('parity', join(results, 'by-task'));
    expect(parity.all).toMatch(/[1-9]\d* probes recomputed: \d+ agree, 0 disagree, 0 could not be read/);
    expect(parity.exitCode).toBe(0);

    const replay = () => layersweep('replay', join(results, 'by-task'));
    expect((await replay()).all).not.toContain('Not replayed');
    writeFileSync(join(stages, foldersOf('importance')[0] ?? '', 'result.json'), '{"half');
    expect((await replay()).all).toContain('which no finished stage here has measured');
  },
  900_000,
);
