import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type RecordedStep, readRecordedSteps } from '../../src/parity/recorded-steps.ts';
import { pairsOf, replay, replayObstacle, shareDiffering } from '../../src/parity/replay.ts';
import { findStrategy } from '../../src/strategy/catalogue.ts';
import { hasLayerLoss, type LayerStrategy } from '../../src/strategy/reference/index.ts';
import { runPython } from '../strategy/python.ts';

test('v3 and v4 differ on a step where the nearest layer is gone or out of order, and only there', () => {
  const steps = [step(0, {}), step(100, { gone: [5] }), step(200, {})];
  const [v3, v4] = [replay(layered('v3'), steps, 0), replay(layered('v4'), steps, 0)];
  expect(v3.map(pairsOf)).toEqual(Array.from({ length: 3 }, () => '2→2 5→5 8→8 11→11'));
  expect(v4.map(pairsOf)).toEqual(['2→2 5→5 8→8 11→11', '2→2 5→4 8→8 11→11', '2→2 5→5 8→8 11→11']);
  expect(shareDiffering(v3, v4)).toBeCloseTo(1 / 3);
  expect(shareDiffering(v4, v4)).toBe(0);
});

test('an alignment that is kept stays until its interval ends or one of its layers is gone', () => {
  const strategy = layered('v4-realign-10');
  const steps = [step(0, {}), step(5, { nearer: [5, 4] }), step(8, { gone: [8] }), step(18, { nearer: [5, 4] })];
  const [first, kept, anew, later] = replay(strategy, steps, 0).map(pairsOf);
  expect(kept).toBe(first);
  expect(anew).toBe('2→2 5→5 8→7 11→11');
  expect(later).toBe('2→2 5→4 8→8 11→11');
});

test('the published versions draw as a run does that seeded the global generator at its start', async () => {
  const steps = [step(0, {}), step(3, {}), step(4, {})];
  const program = `
import json, random
random.seed(9)
draws = [sorted(random.sample(range(12), 4)) for _ in range(5)]
print(json.dumps([[max(2, d[0])] + d[1:] for d in draws]))`;
  const draws = (await runPython(program)) as number[][];
  const drawn = replay(layered('published/v5'), steps, 9).map(({ drawnLayers }) => drawnLayers);
  expect(drawn).toEqual([draws[0], draws[3], draws[4]]);
});

test('where the published code would have raised, the replay says so', () => {
  const gone = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
  expect(replay(layered('published/v4'), [step(0, { gone })], 0).map(pairsOf)).toEqual(['IndexError']);
});

test('a strategy that looks at what runs do not record is left out, with the reason', () => {
  const obstacle = (name: string) => replayObstacle(layered(name), name, step(0, {}));
  expect(obstacle('v4')).toBeNull();
  expect(obstacle('v4-cosine')).toMatchInlineSnapshot(
    `"Strategy "v4-cosine" chooses by another distance (cosine, padding counted) than the recorded mse over all tokens"`,
  );
  expect(obstacle('alp-kd')).toMatchInlineSnapshot(
    `"Strategy "alp-kd" weighs layers by attention scores, which runs do not record"`,
  );
  expect(obstacle('by-task')).toMatchInlineSnapshot(
    `"Strategy "by-task" selects by the importance of this run's teacher's layers (probe-accuracy), which no finished stage here has measured"`,
  );
  expect(obstacle('by-expected-sparsity')).toMatchInlineSnapshot(
    `"Strategy "by-expected-sparsity" needs expected-layers, which runs do not record"`,
  );
});

test('a strategy that selects by task is replayed with the importance that was measured for it', () => {
  const strategy = layered('by-task');
  const importances = new Map([
    ['cka-drop', [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['probe-accuracy', [0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1]],
  ]);
  expect(replayObstacle(strategy, 'by-task', step(0, {}), importances)).toBeNull();
  expect(replay(strategy, [step(0, {})], 0, importances).map(pairsOf)).toEqual(['3→3 4→4 7→7 11→11']);
});

test('recorded steps are read line by line, a torn last line skipped, a malformed one named', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'layersweep replay '));
  const path = join(dir, 'distances.jsonl');
  const line = JSON.stringify({ step: 3, attentionOn: '10', feedForwardOn: '11', distances: [[0.5, null]] });
  await writeFile(path, `${line}\n${line.slice(0, 20)}`);
  expect(await readRecordedSteps(path)).toEqual([
    { step: 3, attentionOn: [true, false], feedForwardOn: [true, true], distances: [[0.5, Number.NaN]] },
  ]);
  await writeFile(path, `${line}\n{"step":4}\n`);
  await expect(readRecordedSteps(path)).rejects.toThrow(/distances\.jsonl, line 2: not a recorded step/);
  await rm(dir, { recursive: true });
});

function layered(name: string): LayerStrategy {
  const { strategy } = findStrategy(name);
  if (!hasLayerLoss(strategy)) throw new Error(`${name} has no layer loss`);
  return strategy;
}

// Distances grow with the difference of the layers' numbers; the lower neighbour is a little nearer.
function step(
  at: number,
  { gone = [], nearer }: { gone?: readonly number[]; nearer?: readonly [number, number] },
): RecordedStep {
  const layers = Array.from({ length: 12 }, (_, layer) => layer);
  const on = layers.map((layer) => !gone.includes(layer));
  const between = (teacher: number, student: number) =>
    nearer?.[0] === teacher && nearer[1] === student ? -1 : Math.abs(teacher - student) + (student > teacher ? 0.1 : 0);
  return {
    step: at,
    attentionOn: on,
    feedForwardOn: on,
    distances: layers.map((teacher) => layers.map((student) => between(teacher, student))),
  };
}
