import type { PythonRandom } from '../random/python-random.ts';
import { range } from '../random/python-random.ts';
import type { PublishedStrategy } from '../specification/strategy.ts';
import { oneHot } from './alignment/problem.ts';
import { raiseFirst } from './selection.ts';
import { LayerLossError, type Matrix, type Numbers, PublishedIndexError } from './types.ts';

const depth = 12;

/** The published versions' teacher layers: fixed, or drawn from Python's global generator in the published order of calls. */
export function drawPublished(version: PublishedStrategy['version'], globalRandom: PythonRandom | null): number[] {
  if (version < 5) return [2, 5, 8, 11];
  if (globalRandom === null)
    throw new LayerLossError(`published/v${version} needs Python's global generator, which was not given`);
  if (version === 5)
    return raiseFirst(
      globalRandom.sample(range(depth), 4).sort((a, b) => a - b),
      2,
    );
  const windows = [0, 3, 6, 9].flatMap((start) => globalRandom.sample(range(start, start + 3), 1));
  return raiseFirst(windows, 2);
}

/**
 * The published versions' alignment as that code computes it: [4, 12].
 * Source: princeton-nlp/CoFiPruning at da855a8, `trainer/trainer.py`.
 *
 * @throws PublishedIndexError where the top row has no candidate and the published code indexes column 12.
 */
export function alignPublished(
  version: PublishedStrategy['version'],
  distances: Matrix,
  headLayerZ: Numbers | null,
): number[][] {
  if (version === 3) return oneHot(distances.map(torchArgmin), depth);
  const matches: number[] = [];
  let last = depth;
  for (const row of distances.toReversed()) {
    // The defect `mask-in-rank-order`: rank r stays if layer r exists.
    const byDistance = torchSortedIndices(row);
    last = byDistance.find((layer, rank) => layer < last && rankExists(headLayerZ, rank)) ?? last;
    matches.unshift(last);
  }
  if (matches.includes(depth)) {
    throw new PublishedIndexError(
      `published/v${version}: every head_layer_z is 0, so the top teacher layer has no candidate and the published code indexes student layer 12 of 0 to 11`,
    );
  }
  return oneHot(matches, depth);
}

/** Whether the published mask keeps this rank. */
export function rankExists(headLayerZ: Numbers | null, rank: number): boolean {
  return headLayerZ === null || headLayerZ[rank] !== 0;
}

/** The order of torch's sort: NaN is the greatest. Exact ties keep their order here; torch promises none. */
export function compareAsTorch(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

function torchSortedIndices(row: readonly number[]): number[] {
  return range(row.length).sort((a, b) => compareAsTorch(row[a] as number, row[b] as number) || a - b);
}

// torch.argmin answers the first NaN where there is one.
function torchArgmin(row: readonly number[]): number {
  const firstNan = row.findIndex(Number.isNaN);
  return firstNan === -1 ? row.indexOf(Math.min(...row)) : firstNan;
}
