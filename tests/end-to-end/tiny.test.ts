import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { resultSchema } from '../../src/wire/result.ts';

const projectDir = fileURLToPath(new URL('../..', import.meta.url));
const isSetUp = existsSync(join(projectDir, '.data', 'embedded')) && existsSync(join(projectDir, '.venv'));
const wholeSweepMs = 900_000;

const replaySchema = z.array(
  z.object({
    label: z.string(),
    strategies: z.array(z.object({ name: z.string(), differs: z.record(z.string(), z.number()) })),
  }),
);

const byTaskSweep = `name: by-task
method: grid
model: { source: random, layers: 4 }
parameters:
  preset: { value: tiny }
  task: { value: movies }
  strategy: { value: by-task }
  k: { value: 2 }
  sparsity: { value: 0.8 }
`;

const boardSchema = z.object({ rows: z.array(z.object({ teacher_score: z.number().positive() })) });

describe.skipIf(!isSetUp)('the tiny sweep, trained for real', () => {
  const dir = mkdtempSync(join(tmpdir(), 'layersweep-tiny-'));
  const results = join(dir, 'results');
  const sweep = join(results, 'tiny');
  let first: Awaited<ReturnType<typeof layersweep>>;

  beforeAll(async () => {
    first = await runTiny();
  }, wholeSweepMs);
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  test('ends in a leaderboard with every strategy and seed', () => {
    expect(first.all).toContain('20 stages finished, 0 failed');
    expect(first.exitCode).toBe(0);
    const rows = readFileSync(join(sweep, 'leaderboard.csv'), 'utf8').trim().split('\n');
    expect(rows).toHaveLength(4);
    const board = boardSchema.parse(JSON.parse(readFileSync(join(sweep, 'leaderboard.json'), 'utf8')));
    const teachers = new Set(board.rows.map(({ teacher_score }) => teacher_score));
    expect(teachers.size, 'arms share their teachers').toBe(1);
    expect(readFileSync(join(sweep, 'leaderboard.md'), 'utf8')).toContain('| movies');
  });

  test('records probes that the reference agrees with', async () => {
    const parity = await layersweep('parity', 'tiny', '--results', results);
    expect(parity.all).toMatch(/[1-9]\d* probes recomputed: \d+ agree, 0 disagree, 0 could not be read/);
    expect(parity.exitCode).toBe(0);
  });

  test("shows v3 and v4 choosing differently on the same distances in at least 5% of a v4 run's steps", async () => {
    const replay = await layersweep('replay', sweep, '--strategy', 'v3', 'v4', '--json');
    const runs = replaySchema.parse(JSON.parse(replay.stdout));
    const shares = runs
      .filter(({ label }) => label.startsWith('prune') && label.includes(' v4 '))
      .map(({ strategies }) => strategies.find(({ name }) => name === 'v3-k2')?.differs['v4-k2']);
    expect(shares).toHaveLength(2);
    for (const share of shares) expect(share).toBeGreaterThanOrEqual(0.05);
  });

  test('reruns nothing when asked for again', async () => {
    const again = await runTiny();
    expect(again.exitCode).toBe(0);
    expect(again.all).not.toContain('started');
    expect(again.all).toContain('20 stages finished, 0 failed');
  });

  test('does not end well where a probe was found to disagree', async () => {
    const stage = readdirSync(join(results, 'stages')).find((name) =>
      existsSync(join(results, 'stages', name, 'probes')),
    );
    const verdict = { kind: 'disagrees', probe: 'probes/0.safetensors', difference: 'loss: recorded 1, expected 2' };
    writeFileSync(join(results, 'stages', String(stage), 'parity.json'), JSON.stringify({ schemaVersion: 1, verdict }));
    const again = await runTiny();
    expect(again.exitCode).toBe(1);
    expect(again.all).toMatch(/Parity failed of movies v\d: npx layersweep parity tiny --results/);
  });

  test(
    'layers selected by task are measured of the same teacher, drawn in every step, and agree with the reference',
    async () => {
      const file = join(dir, 'by-task.yaml');
      writeFileSync(file, byTaskSweep);
      const run = await layersweep('run', file, '--device', 'cpu', '--results', results);
      expect(run.all).toContain('5 stages finished, 0 failed');
      expect(run.all, 'the teacher is that of the tiny sweep').not.toContain('started   teacher');
      expect(run.exitCode).toBe(0);

      const [measured = ''] = readdirSync(join(results, 'stages')).filter((name) => name.startsWith('importance-'));
      const measuredResult = join(results, 'stages', measured, 'result.json');
      const result = resultSchema.parse(JSON.parse(readFileSync(measuredResult, 'utf8')));
      if (result.stage !== 'importance') throw new Error('no importance was measured');
      const { importance } = result;
      const best = importance.map((_, layer) => layer).sort((a, b) => (importance[b] ?? 0) - (importance[a] ?? 0));
      const drawn = best.slice(0, 2).sort((a, b) => a - b);
      const byTask = join(results, 'by-task');
      const [prune] = readFileSync(join(byTask, 'journal.jsonl'), 'utf8').match(/prune-[0-9a-f]{16}/) ?? [];
      const [first = ''] = readFileSync(join(results, 'stages', String(prune), 'choices.jsonl'), 'utf8').split('\n');
      expect(new Set(JSON.parse(first).drawnLayers.map(String))).toEqual(new Set([String(drawn)]));

      const parity = await layersweep('parity', byTask);
      expect(parity.all).toMatch(/[1-9]\d* probes recomputed: \d+ agree, 0 disagree, 0 could not be read/);
      expect(parity.exitCode).toBe(0);

      expect((await layersweep('replay', byTask)).all).not.toContain('Not replayed');
      writeFileSync(measuredResult, '{"half');
      expect((await layersweep('replay', byTask)).all).toContain('which no finished stage here has measured');
    },
    wholeSweepMs,
  );

  function runTiny() {
    return layersweep('run', join(projectDir, 'sweeps/tiny.yaml'), '--device', 'cpu', '--results', results);
  }

  function layersweep(...args: string[]) {
    return execa(process.execPath, [join(projectDir, 'bin', 'layersweep.js'), ...args], {
      reject: false,
      all: true,
      cwd: dir,
    });
  }
});
