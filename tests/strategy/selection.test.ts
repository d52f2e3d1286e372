import { expect, test } from 'vitest';
import { range } from '../../src/strategy/random/python-random.ts';
import { drawLayers, raiseFirst, windows } from '../../src/strategy/reference/selection.ts';
import type { Selection } from '../../src/strategy/specification/selection.ts';
import { runPython } from './python.ts';

const context = { teacherLayers: 12, seed: 7, redrawIndex: 0, expectedLayers: null, layerImportance: null };

test.each([
  [12, 1, [11]],
  [12, 4, [2, 5, 8, 11]],
  [12, 5, [1, 4, 6, 9, 11]],
  [6, 3, [1, 3, 5]],
  [6, 4, [1, 2, 4, 5]],
  [24, 24, range(24)],
])('uniform selection of %i layers, k %i', (teacherLayers, k, expected) => {
  expect(drawLayers({ kind: 'uniform', k }, { ...context, teacherLayers })).toEqual(expected);
});

test('random k with floor 2 has 291 lists over its 495 draws, 81 of them (16.4%) with a layer twice, 45 (9.1%) out of order', () => {
  const draws = combinations(12, 4).map((draw) => raiseFirst(draw, 2));
  expect(draws).toHaveLength(495);
  expect(new Set(draws.map(String)).size).toBe(291);
  expect(draws.filter((draw) => new Set(draw).size < 4)).toHaveLength(81);
  expect(draws.filter((draw) => draw.some((layer, row) => row > 0 && layer < (draw[row - 1] ?? 0)))).toHaveLength(45);
});

test('one per window with floor 2 has 27 sets over its 81 draws, all with layer 2', () => {
  const [first = [], ...others] = windows(12, 4).map(([from, to]) => range(from, to));
  const draws = others
    .reduce<number[][]>(
      (lists, window) => lists.flatMap((list) => window.map((layer) => [...list, layer])),
      first.map((layer) => [layer]),
    )
    .map((draw) => raiseFirst(draw, 2));
  expect(draws).toHaveLength(81);
  expect(new Set(draws.map(String)).size).toBe(27);
  expect(draws.every((draw) => draw[0] === 2)).toBe(true);
});

test('draws over many redraws are those of a fresh CPython generator at each', async () => {
  const selections: Selection[] = [
    { kind: 'random', k: 4, firstLayerFloor: 2 },
    { kind: 'window', k: 5, firstLayerFloor: 'none' },
    { kind: 'random-plus-last', k: 4 },
  ];
  const drawn = selections.map((selection) =>
    range(200).map((redrawIndex) => drawLayers(selection, { ...context, seed: 2 ** 40 + 3, redrawIndex })),
  );
  const program = `
import json, random
def rng(index): return random.Random((2**40 + 3) * 2**32 + index)
def floored(layers, floor): return [max(floor, layers[0])] + layers[1:]
def window(index):
    r = rng(index)
    return [r.sample(range(i * 12 // 5, (i + 1) * 12 // 5), 1)[0] for i in range(5)]
print(json.dumps([
    [floored(sorted(rng(i).sample(range(12), 4)), 2) for i in range(200)],
    [window(i) for i in range(200)],
    [sorted(rng(i).sample(range(11), 3)) + [11] for i in range(200)],
]))`;
  expect(await runPython(program)).toEqual(drawn);
});

test('selections without chance follow their definition', () => {
  const draw = (selection: Selection, more = {}) => drawLayers(selection, { ...context, ...more });
  expect(draw({ kind: 'last', k: 2 })).toEqual([10, 11]);
  expect(draw({ kind: 'first', k: 2 })).toEqual([0, 1]);
  expect(draw({ kind: 'all' })).toEqual(range(12));
  expect(draw({ kind: 'cyclic-windows', k: 5 }, { redrawIndex: 4 })).toEqual([0, 2, 5, 7, 10]);
  expect(draw({ kind: 'expected-sparsity', minLayers: 2 }, { expectedLayers: 3.5 })).toEqual([2, 5, 8, 11]);
  expect(draw({ kind: 'expected-sparsity', minLayers: 2 }, { expectedLayers: 0.2 })).toEqual([5, 11]);
  const layerImportance = [0, 3, 1, 3, 2, 2, 0, 0, 0, 0, 0, 0];
  expect(draw({ kind: 'by-task', k: 3, importance: 'cka-drop' }, { layerImportance })).toEqual([1, 3, 4]);
});

test('what a selection needs and does not get is named', () => {
  expect(() =>
    drawLayers({ kind: 'by-task', k: 3, importance: 'cka-drop' }, context),
  ).toThrowErrorMatchingInlineSnapshot(
    `[LayerLossError: This strategy needs the importance of the teacher layers, which was not given]`,
  );
  expect(() =>
    drawLayers({ kind: 'random', k: 13, firstLayerFloor: 'none' }, context),
  ).toThrowErrorMatchingInlineSnapshot(`[LayerLossError: Expected k of at most 12 teacher layers, got 13]`);
});

function combinations(n: number, k: number, from = 0): number[][] {
  if (k === 0) return [[]];
  return range(from, n).flatMap((first) => combinations(n, k - 1, first + 1).map((rest) => [first, ...rest]));
}
