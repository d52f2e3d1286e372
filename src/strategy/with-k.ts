import type { ComposedStrategy, Strategy } from './specification/strategy.ts';

/** A strategy was asked for a number of teacher layers that it cannot take. */
export class NoLayerCountError extends Error {
  override readonly name = 'NoLayerCountError';
}

/**
 * The same strategy with k teacher layers. Only selections that are parameterised by k have one.
 *
 * @throws NoLayerCountError where the strategy has no k to change, or k is not 1 to 64.
 */
export function withK(strategy: Strategy, k: number, name = describe(strategy)): ComposedStrategy {
  if (!Number.isInteger(k) || k < 1 || k > 64) {
    throw new NoLayerCountError(`Expected k for strategy "${name}" to be an integer from 1 to 64, got ${k}`);
  }
  if (strategy.kind !== 'composed') throw noLayerCount(name, reasons[strategy.kind]);
  const { selection } = strategy;
  switch (selection.kind) {
    case 'uniform':
    case 'last':
    case 'first':
    case 'random':
    case 'window':
    case 'random-plus-last':
    case 'cyclic-windows':
    case 'by-task':
      return { ...strategy, selection: { ...selection, k } };
    case 'fixed':
    case 'all':
    case 'expected-sparsity':
      throw noLayerCount(name, reasons[selection.kind]);
    default:
      selection satisfies never;
      throw new Error('unreachable selection kind');
  }
}

const reasons = {
  none: 'it distils no layers',
  published: 'it is the published code, which always selects 4',
  fixed: 'its teacher layers are listed one by one',
  all: 'it takes every teacher layer',
  'expected-sparsity': 'its k follows the expected number of surviving layers',
} as const;

function noLayerCount(name: string, reason: string): NoLayerCountError {
  return new NoLayerCountError(
    `Strategy "${name}" has no k to set: ${reason}. Leave k out for it, or take a strategy whose selection has one, such as v4 or uniform-4`,
  );
}

function describe(strategy: Strategy): string {
  if (strategy.kind === 'composed') return `${strategy.selection.kind} / ${strategy.alignment.kind}`;
  return strategy.kind === 'published' ? `published/v${strategy.version}` : strategy.kind;
}
