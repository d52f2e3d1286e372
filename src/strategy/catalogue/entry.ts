import type { Strategy } from '../specification/strategy.ts';

/** What a strategy wants from the trainer beyond hidden states and gates. */
export type StrategyNeed = 'attention-mask' | 'epoch' | 'expected-layers' | 'layer-importance';

/** One named strategy, with what a reader needs to choose it. */
export type CatalogueEntry = {
  readonly name: string;
  readonly strategy: Strategy;
  /** One line, as `strategies` lists it. */
  readonly title: string;
  /** What it computes, in the notation of docs/strategies.md. */
  readonly formula: string;
  /** Paper, code or thread that it comes from, and where it deviates from it. */
  readonly source: string;
  /** Distances that a step computes beside those of the chosen pairs. */
  readonly cost: string;
  readonly needs: readonly StrategyNeed[];
  /** For the published versions: what is known of running them as released. */
  readonly published?: string;
};
