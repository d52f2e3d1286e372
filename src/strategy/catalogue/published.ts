import type { PublishedStrategy, Quirk } from '../specification/strategy.ts';
import type { CatalogueEntry } from './entry.ts';
import { entry } from './parts.ts';

const common: readonly Quirk[] = ['depth-12-only', 'gradient-graph-of-all-pairs'];
const ordered: readonly Quirk[] = ['mask-in-rank-order', 'head-gate-only', 'unmatched-repeats-last', 'unstable-sort'];
const drawn: readonly Quirk[] = ['first-layer-floor-2', 'global-random-every-step'];

const source =
  'princeton-nlp/CoFiPruning at da855a8, trainer/trainer.py, calculate_layer_distillation_loss; transcribed with its defects';
const cost = '48 distances with gradient';
const withoutImport =
  'Cannot run as released: the file that calls random.sample does not import random; here it is imported';

/** The published function, defect by defect; 12 layers and k = 4 only. */
export const published: readonly CatalogueEntry[] = [
  version(3, ['nearest-among-pruned-layers'], {
    title: 'Published version 3: layers 2, 5, 8, 11, each to the nearest of all 12',
    formula: 'L = Σ_i D[i, argmin_j D[i,j]]',
    published: 'Runs as released',
  }),
  version(4, ordered, {
    title: 'Published version 4: layers 2, 5, 8, 11, ordered from the top, mask applied by rank',
    formula:
      'last = 12; for i = 3 … 0: r = layers by D[i,·]; row i → the first r[n] < last where head_layer_z[n] ≠ 0, else last; L = Σ D',
    published:
      'Runs as released, with its mask misapplied; raises IndexError where the top row has no candidate, as when every head_layer_z is 0',
  }),
  version(5, [...ordered, ...drawn], {
    title: 'Published version 5: 4 random layers a step, first at least 2, aligned as published version 4',
    formula: 'drawn = sorted(random.sample(range(12), 4)), drawn[0] = max(2, drawn[0]); aligned as published/v4',
    published: withoutImport,
  }),
  version(6, [...ordered, ...drawn], {
    title:
      'Published version 6: one random layer of each window of 3 a step, first always 2, aligned as published version 4',
    formula: 'drawn = one of each of 0–2, 3–5, 6–8, 9–11, drawn[0] = max(2, drawn[0]); aligned as published/v4',
    published: withoutImport,
  }),
];

function version(
  number: PublishedStrategy['version'],
  quirks: readonly Quirk[],
  text: Pick<CatalogueEntry, 'title' | 'formula'> & { readonly published: string },
): CatalogueEntry {
  return entry({
    name: `published/v${number}`,
    strategy: { kind: 'published', version: number, quirks: [...common, ...quirks] },
    source,
    cost,
    ...text,
  });
}
