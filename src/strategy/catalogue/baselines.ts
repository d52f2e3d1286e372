import type { CatalogueEntry } from './entry.ts';
import { costs, entry } from './parts.ts';

/** No layer loss: what every strategy must beat. */
export const baselines: readonly CatalogueEntry[] = [
  entry({
    name: 'none',
    strategy: { kind: 'none', rescalePrediction: false },
    title: 'No layer loss; the prediction loss keeps its weight',
    formula: 'L = 0',
    source: 'Baseline: what the layer loss adds at an unchanged prediction weight',
    cost: costs.nothing,
  }),
  entry({
    name: 'none-rescaled',
    strategy: { kind: 'none', rescalePrediction: true },
    title: 'No layer loss; the prediction loss takes weight 1',
    formula: 'L = 0, prediction weight 1',
    source: 'Baseline: what the layer loss adds against a prediction loss at full weight',
    cost: costs.nothing,
  }),
];
