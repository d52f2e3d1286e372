import { catalogue } from '../../src/strategy/catalogue.ts';
import type { Alignment } from '../../src/strategy/specification/alignment.ts';
import type { Selection } from '../../src/strategy/specification/selection.ts';
import type { ComposedStrategy, Strategy } from '../../src/strategy/specification/strategy.ts';
import type { Normalisation } from '../../src/strategy/specification/terms.ts';
import type { Dice } from './dice.ts';

/** A strategy of the catalogue, or one put together by chance from all variants of the specification. */
export function randomStrategy(dice: Dice): { readonly strategyName: string; readonly strategy: Strategy } {
  if (dice.chance(0.5)) {
    const { name, strategy } = dice.pick(catalogue.filter((entry) => entry.strategy.kind !== 'none'));
    return { strategyName: name, strategy };
  }
  return { strategyName: 'inline', strategy: inlineStrategy(dice) };
}

function inlineStrategy(dice: Dice): ComposedStrategy {
  const every = dice.integer(1, 4);
  const redraw = dice.pick([{ kind: 'steps', every }, { kind: 'epoch' }, { kind: 'once' }] as const);
  const realignEverySteps = redraw.kind === 'steps' ? dice.integer(1, every) : dice.integer(1, 3);
  return {
    kind: 'composed',
    selection: randomSelection(dice),
    alignment: randomAlignment(dice, realignEverySteps === 1),
    survivors: dice.pick(['all', 'head', 'mlp', 'head-or-mlp'] as const),
    normalisation: randomNormalisation(dice),
    schedule: { redraw, realignEverySteps },
  };
}

function randomSelection(dice: Dice): Selection {
  const k = dice.integer(1, 5);
  const firstLayerFloor = dice.chance(0.5) ? 'none' : dice.integer(0, 3);
  return dice.pick<Selection>([
    { kind: 'fixed', layers: Array.from({ length: k }, () => dice.integer(0, 4)) },
    { kind: 'uniform', k },
    { kind: 'all' },
    { kind: 'last', k },
    { kind: 'first', k },
    { kind: 'random', k, firstLayerFloor },
    { kind: 'window', k, firstLayerFloor },
    { kind: 'random-plus-last', k },
    { kind: 'cyclic-windows', k },
    { kind: 'expected-sparsity', minLayers: dice.integer(1, 3) },
    { kind: 'by-task', k, importance: dice.pick(['probe-accuracy', 'cka-drop'] as const) },
  ]);
}

function randomAlignment(dice: Dice, mayFollowWeights: boolean): Alignment {
  const gradientThroughWeights = mayFollowWeights && dice.chance(0.5);
  return dice.pick<Alignment>([
    { kind: 'identity' },
    { kind: 'nearest' },
    {
      kind: 'ordered-greedy',
      from: dice.pick(['top', 'bottom'] as const),
      fallback: dice.pick(['drop', 'repeat'] as const),
    },
    { kind: 'monotone', repeats: dice.chance(0.5) },
    { kind: 'one-to-one' },
    { kind: 'attention', temperature: dice.pick([0.25, 1, 4]), gradientThroughWeights },
    { kind: 'student-to-teacher' },
    { kind: 'nearest-surviving' },
    { kind: 'reverse' },
    { kind: 'all-to-one' },
    {
      kind: 'sinkhorn',
      regularisation: dice.pick([0.05, 0.5]),
      iterations: dice.integer(1, 20),
      gradientThroughWeights,
    },
  ]);
}

function randomNormalisation(dice: Dice): Normalisation {
  return {
    reduction: dice.pick<Normalisation['reduction']>([
      { kind: 'sum' },
      { kind: 'mean' },
      { kind: 'fixed-total', weight: 2.5 },
    ]),
    distance: dice.pick(['mse', 'cosine', 'l2-normalised'] as const),
    padding: dice.pick(['counted', 'masked'] as const),
  };
}
