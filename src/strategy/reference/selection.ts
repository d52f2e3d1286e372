import { pythonRandom, range } from '../random/python-random.ts';
import type { Selection } from '../specification/selection.ts';
import { uniformLayers } from '../uniform-layers.ts';
import { LayerLossError } from './types.ts';

export type DrawContext = {
  readonly teacherLayers: number;
  readonly seed: number;
  readonly redrawIndex: number;
  readonly expectedLayers: number | null;
  readonly layerImportance: readonly number[] | null;
};

/** Teacher layers in row order: a pure function of the selection, the seed and the redraw index. */
export function drawLayers(selection: Selection, context: DrawContext): number[] {
  const { teacherLayers } = context;
  if ('k' in selection && selection.k > teacherLayers) {
    throw new LayerLossError(`Expected k of at most ${teacherLayers} teacher layers, got ${selection.k}`);
  }
  switch (selection.kind) {
    case 'fixed':
      return fixedLayers(selection.layers, teacherLayers);
    case 'uniform':
      return uniformLayers(teacherLayers, selection.k);
    case 'all':
      return range(teacherLayers);
    case 'last':
      return range(teacherLayers - selection.k, teacherLayers);
    case 'first':
      return range(selection.k);
    case 'random':
      return raiseFirst(
        sorted(generator(context).sample(range(teacherLayers), selection.k)),
        selection.firstLayerFloor,
      );
    case 'window': {
      const random = generator(context);
      const drawn = windows(teacherLayers, selection.k).flatMap(([from, to]) => random.sample(range(from, to), 1));
      return raiseFirst(drawn, selection.firstLayerFloor);
    }
    case 'random-plus-last': {
      const others = generator(context).sample(range(teacherLayers - 1), selection.k - 1);
      return [...sorted(others), teacherLayers - 1];
    }
    case 'cyclic-windows':
      return windows(teacherLayers, selection.k).map(([from, to]) => from + (context.redrawIndex % (to - from)));
    case 'expected-sparsity': {
      const expected = required(context.expectedLayers, 'the expected number of surviving layers');
      return uniformLayers(
        teacherLayers,
        Math.min(teacherLayers, Math.max(selection.minLayers, Math.floor(expected + 0.5))),
      );
    }
    case 'by-task':
      return mostImportant(
        required(context.layerImportance, 'the importance of the teacher layers'),
        selection.k,
        teacherLayers,
      );
    default:
      selection satisfies never;
      throw new Error('unreachable selection kind');
  }
}

/** Windows [start, stop) with boundaries floor(i·N/k). */
export function windows(teacherLayers: number, k: number): [number, number][] {
  const boundary = (i: number) => Math.floor((i * teacherLayers) / k);
  return range(k).map((i) => [boundary(i), boundary(i + 1)]);
}

/** Raises the first entry only; the list is not sorted again. */
export function raiseFirst(drawn: readonly number[], floor: number | 'none'): number[] {
  const [first, ...rest] = drawn;
  return first === undefined || floor === 'none' ? [...drawn] : [Math.max(floor, first), ...rest];
}

function generator({ seed, redrawIndex }: DrawContext) {
  return pythonRandom(BigInt(seed) * 2n ** 32n + BigInt(redrawIndex));
}

function sorted(layers: readonly number[]): number[] {
  return layers.toSorted((a, b) => a - b);
}

function fixedLayers(layers: readonly number[], teacherLayers: number): number[] {
  const absent = layers.find((layer) => layer >= teacherLayers);
  if (absent === undefined) return [...layers];
  throw new LayerLossError(`Expected teacher layers 0 to ${teacherLayers - 1}, got ${absent}`);
}

function mostImportant(importance: readonly number[], k: number, teacherLayers: number): number[] {
  if (importance.length !== teacherLayers) {
    throw new LayerLossError(
      `Expected an importance for each of ${teacherLayers} teacher layers, got ${importance.length}`,
    );
  }
  const ranked = range(teacherLayers).sort((a, b) => (importance[b] ?? 0) - (importance[a] ?? 0) || a - b);
  return sorted(ranked.slice(0, k));
}

function required<T>(value: T | null, what: string): T {
  if (value === null) throw new LayerLossError(`This strategy needs ${what}, which was not given`);
  return value;
}
