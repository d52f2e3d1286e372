import { strategyNeeds } from '../needs.ts';
import type { Alignment } from '../specification/alignment.ts';
import type { Selection } from '../specification/selection.ts';
import type { ComposedStrategy, Strategy } from '../specification/strategy.ts';
import type { Normalisation, Schedule, Survivors } from '../specification/terms.ts';
import type { CatalogueEntry } from './entry.ts';

/** As published: the sum over matched pairs, mean squared error, padding tokens counted. */
export const summed: Normalisation = { reduction: { kind: 'sum' }, distance: 'mse', padding: 'counted' };

/** Where k or the number of pairs varies: 4 times the mean, the weight of the published four pairs. */
export const fixedTotal: Normalisation = {
  reduction: { kind: 'fixed-total', weight: 4 },
  distance: 'mse',
  padding: 'counted',
};

export const everyStep: Schedule = { redraw: { kind: 'steps', every: 1 }, realignEverySteps: 1 };
export const drawnOnce: Schedule = { redraw: { kind: 'once' }, realignEverySteps: 1 };

export const topDown: Alignment = { kind: 'ordered-greedy', from: 'top', fallback: 'drop' };
export const uniform4: Selection = { kind: 'uniform', k: 4 };

type Parts = {
  readonly selection?: Selection;
  readonly alignment?: Alignment;
  readonly survivors?: Survivors;
  readonly normalisation?: Normalisation;
  readonly schedule?: Schedule;
};

/** v4, except for the parts given. */
export function composed(parts: Parts): ComposedStrategy {
  return {
    kind: 'composed',
    selection: parts.selection ?? uniform4,
    alignment: parts.alignment ?? topDown,
    survivors: parts.survivors ?? 'head-or-mlp',
    normalisation: parts.normalisation ?? summed,
    schedule: parts.schedule ?? drawnOnce,
  };
}

export const costs = {
  nothing: 'none',
  fixedPairs: 'no search',
  searchAlive: 'k × |A| distances without gradient',
  searchAll: 'k × S distances without gradient',
  searchGaps: '2 distances without gradient for each selected layer that was pruned',
  searchAliveOnHost: 'k × |A| distances without gradient; solved on the host: a second blocking synchronisation',
  softAlive: 'k × |A| distances with gradient',
} as const;

/** A catalogue entry, its needs read off the strategy. */
export function entry(fields: Omit<CatalogueEntry, 'needs'> & { readonly strategy: Strategy }): CatalogueEntry {
  return { ...fields, needs: strategyNeeds(fields.strategy) };
}
