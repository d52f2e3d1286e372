import type { CatalogueEntry } from './entry.ts';
import { composed, costs, drawnOnce, entry, everyStep, fixedTotal } from './parts.ts';

const control = 'Control';
const apart = 'aligned as v4; L = Σ D';
const total = 'aligned as v4; L = 4 · mean D';
const expectedLayers =
  'The hypothesis of princeton-nlp/CoFiPruning issue 34, that k should follow the expected number of layers remaining';

/** Other selections of teacher layers, aligned as v4 so that only the selection differs. */
export const selections: readonly CatalogueEntry[] = [
  ...Array.from({ length: 12 }, (_, index) => uniform(index + 1)),
  ordered('fixed-2-5-8-11', {
    strategy: composed({ selection: { kind: 'fixed', layers: [2, 5, 8, 11] } }),
    title: 'The published fixed list, whatever the depth',
    formula: `drawn = 2, 5, 8, 11; ${apart}`,
    source: 'TinyBERT (arXiv 1909.10351) for 12 layers; uniform k = 4 at depth 12',
  }),
  ordered('all-layers', {
    strategy: composed({ selection: { kind: 'all' }, normalisation: fixedTotal }),
    title: 'Every teacher layer, total weight 4',
    formula: `drawn = 0 … N−1; ${total}`,
    source: 'APT (ROIM1998/APT), all-teacher; total weight fixed here',
  }),
  ordered('last-only', {
    strategy: composed({ selection: { kind: 'last', k: 1 }, normalisation: fixedTotal }),
    title: 'The last teacher layer only, total weight 4',
    formula: `drawn = N−1; ${total}`,
    source: 'CR-ILD: the last layer alone as a strong prior; matched as v4 here',
  }),
  ordered('last-4', {
    strategy: composed({ selection: { kind: 'last', k: 4 } }),
    title: 'The last four teacher layers',
    formula: `drawn = N−4 … N−1; ${apart}`,
    source: 'PKD-last (arXiv 1908.09355); matched as v4, raw MSE here',
  }),
  ordered('first-4', {
    strategy: composed({ selection: { kind: 'first', k: 4 } }),
    title: 'The first four teacher layers',
    formula: `drawn = 0 … 3; ${apart}`,
    source: `${control}: falsifies "any four layers do"`,
  }),
  ordered('random-per-epoch', {
    strategy: composed({
      selection: { kind: 'random', k: 4, firstLayerFloor: 'none' },
      schedule: { redraw: { kind: 'epoch' }, realignEverySteps: 1 },
    }),
    title: 'v5 drawn once an epoch',
    formula: `drawn = sorted sample of 4 at each epoch; ${apart}`,
    source: 'RAIL-KD (arXiv 2109.10164), whose reimplementations redraw each epoch; matched as v4, raw MSE here',
  }),
  ordered('frozen-random', {
    strategy: composed({ selection: { kind: 'random', k: 4, firstLayerFloor: 'none' }, schedule: drawnOnce }),
    title: 'One draw of v5 for the whole run',
    formula: `drawn = sorted sample of 4, once; ${apart}`,
    source: `${control}: tells v5's randomness from its coverage`,
  }),
  ordered('cyclic-windows', {
    strategy: composed({ selection: { kind: 'cyclic-windows', k: 4 }, schedule: everyStep }),
    title: "v6's windows walked through in turn, without chance",
    formula: `drawn[i] = b_i + (step mod window size); ${apart}`,
    source: `${control}: v6's coverage without its randomness`,
  }),
  ordered('random-plus-last', {
    strategy: composed({ selection: { kind: 'random-plus-last', k: 4 }, schedule: everyStep }),
    title: 'The last layer and three random ones, drawn each step',
    formula: `drawn = sorted sample of 3 of the first N−1, then N−1; ${apart}`,
    source: `${control}: v5 draws the last layer in a third of the steps only`,
  }),
  ordered('by-expected-sparsity', {
    strategy: composed({
      selection: { kind: 'expected-sparsity', minLayers: 1 },
      normalisation: fixedTotal,
      schedule: everyStep,
    }),
    title: 'Uniform k, k following the expected number of surviving layers; total weight 4',
    formula: `drawn = uniform k, k = min(N, max(1, round(expected layers))); ${total}`,
    source: expectedLayers,
  }),
  ordered('by-task', {
    strategy: composed({ selection: { kind: 'by-task', k: 4, importance: 'probe-accuracy' } }),
    title: 'The four teacher layers from which a linear probe reads the task best',
    formula: `drawn = the 4 of greatest probe accuracy on the training split; ${apart}`,
    source: 'The task-aware selection asked for in princeton-nlp/CoFiPruning issue 34',
  }),
  ordered('by-task-cka', {
    strategy: composed({ selection: { kind: 'by-task', k: 4, importance: 'cka-drop' } }),
    title: 'The four teacher layers that change the representation most',
    formula: `drawn = the 4 of greatest drop in CKA to the layer below, on the training split; ${apart}`,
    source: 'CKA: Kornblith et al. 2019 (arXiv 1905.00414)',
  }),
];

function uniform(k: number): CatalogueEntry {
  return ordered(`uniform-${k}`, {
    strategy: composed({ selection: { kind: 'uniform', k }, normalisation: fixedTotal }),
    title: `${k} evenly spread teacher ${k === 1 ? 'layer' : 'layers'}, total weight 4`,
    formula: `drawn = floor((i+1)·N/${k} + 1/2) − 1; ${total}`,
    source: 'TinyBERT (arXiv 1909.10351); total weight fixed so that k does not change the weight of the loss',
  });
}

function ordered(name: string, fields: Omit<CatalogueEntry, 'name' | 'cost' | 'needs'>): CatalogueEntry {
  return entry({ name, cost: costs.searchAlive, ...fields });
}
