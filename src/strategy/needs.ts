import type { StrategyNeed } from './catalogue/entry.ts';
import type { ComposedStrategy, Strategy } from './specification/strategy.ts';

/** What a strategy wants from the trainer beyond hidden states and gates, in a fixed order. */
export function strategyNeeds(strategy: Strategy): readonly StrategyNeed[] {
  if (strategy.kind !== 'composed') return [];
  const { selection, normalisation, schedule } = strategy;
  const needs: StrategyNeed[] = [];
  if (normalisation.padding === 'masked') needs.push('attention-mask');
  if (schedule.redraw.kind === 'epoch') needs.push('epoch');
  if (selection.kind === 'expected-sparsity') needs.push('expected-layers');
  if (selection.kind === 'by-task') needs.push('layer-importance');
  return needs;
}

type ByTask = Extract<ComposedStrategy['selection'], { kind: 'by-task' }>;

/** How a strategy wants the teacher's layers measured; null where it does not. */
export function importanceMeasureOf(strategy: Strategy): ByTask['importance'] | null {
  return strategy.kind === 'composed' && strategy.selection.kind === 'by-task' ? strategy.selection.importance : null;
}
