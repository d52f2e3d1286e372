import type { Selection } from '../specification/selection.ts';
import type { CatalogueEntry } from './entry.ts';
import { composed, costs, entry, everyStep } from './parts.ts';

const upstream = 'princeton-nlp/CoFiPruning';
const ordered = 'ordered from the top among layers with attention or feed-forward left';
const deviations =
  'deviates: any depth and k; the mask is applied by layer, not by rank; a layer exists while attention or feed-forward does; without candidate a teacher layer stays unmatched; lowest index on ties';

/** The published versions' documented intent, for any depth and k. */
export const numbered: readonly CatalogueEntry[] = [
  entry({
    name: 'v2',
    strategy: composed({ selection: { kind: 'all' }, alignment: { kind: 'identity' }, survivors: 'mlp' }),
    title: 'Every teacher layer to the same student layer, where its feed-forward is left',
    formula: 'drawn = 0 … N−1; row i → i if mlp_z[i] ≠ 0; L = Σ D',
    source: `${upstream} version 2, which cannot run as published; deviates: a missing mlp_z counts as all on, any depth`,
    cost: costs.fixedPairs,
  }),
  entry({
    name: 'v3',
    strategy: composed({ alignment: { kind: 'nearest' }, survivors: 'all' }),
    title: 'Uniform k, each to the nearest of all student layers, pruned ones included',
    formula: 'drawn = uniform k; row i → argmin_j D[i,j]; L = Σ D',
    source: `${upstream} version 3; deviates: any depth and k, lowest index on ties`,
    cost: costs.searchAll,
  }),
  entry({
    name: 'v4',
    strategy: composed({}),
    title: `Uniform k, ${ordered}`,
    formula: 'drawn = uniform k; for i = k−1 … 0: row i → argmin D[i,j] over j in A below the last match; L = Σ D',
    source: `${upstream} version 4 and issue 53; ${deviations}`,
    cost: costs.searchAlive,
  }),
  ...drawn('v5', 'Random k of N', 'sorted sample of k', (firstLayerFloor) => ({
    kind: 'random',
    k: 4,
    firstLayerFloor,
  })),
  ...drawn('v6', 'One random layer of each of k windows', 'one of each window', (firstLayerFloor) => ({
    kind: 'window',
    k: 4,
    firstLayerFloor,
  })),
];

function drawn(
  name: 'v5' | 'v6',
  title: string,
  draw: string,
  selection: (floor: 'none' | 2) => Selection,
): CatalogueEntry[] {
  const source = `${upstream} issue 34 and pull request 35, after RAIL-KD (arXiv 2109.10164); ${deviations}; draws from a generator of its own`;
  return [
    entry({
      name,
      strategy: composed({ selection: selection('none'), schedule: everyStep }),
      title: `${title}, drawn each step, ${ordered}`,
      formula: `drawn = ${draw}; aligned as v4; L = Σ D`,
      source: `${source}; no floor under the first layer`,
      cost: costs.searchAlive,
    }),
    entry({
      name: `${name}-floor2`,
      strategy: composed({ selection: selection(2), schedule: everyStep }),
      title: `${name} with its first layer raised to 2, as in the thread's code`,
      formula: `drawn = ${draw}, drawn[0] = max(2, drawn[0]) without sorting again; aligned as v4; L = Σ D`,
      source: `${source}; keeps the thread's floor of 2`,
      cost: costs.searchAlive,
    }),
  ];
}
