import type { ComposedStrategy, PublishedStrategy, Strategy } from '../specification/strategy.ts';
import { attentionScores } from './alignment/attention.ts';
import { align } from './alignment/index.ts';
import type { AlignmentProblem } from './alignment/problem.ts';
import { checkFiniteStates, checkInputs } from './check-inputs.ts';
import { distanceMatrix } from './distance.ts';
import { reduceLoss } from './loss.ts';
import { alignPublished, drawPublished } from './published.ts';
import { mustRealign, redrawIndexAt } from './schedule.ts';
import { drawLayers } from './selection.ts';
import { aliveLayers } from './survivors.ts';
import { transformStates } from './transform.ts';
import type { LayerLossInputs, LayerLossOutput, LayerLossState, Matrix, Numbers } from './types.ts';

export type { AlignmentProblem } from './alignment/problem.ts';
export { drawLayers } from './selection.ts';
export { aliveLayers } from './survivors.ts';
export * from './types.ts';

/** A strategy with a layer loss. */
export type LayerStrategy = ComposedStrategy | PublishedStrategy;

/**
 * One step of the layer loss in float64: what docs/strategies.md defines, nothing optimised.
 *
 * @throws LayerLossError for inputs that the strategy refuses.
 */
export function referenceLayerLoss(
  strategy: LayerStrategy,
  inputs: LayerLossInputs,
  state: LayerLossState,
): { readonly output: LayerLossOutput; readonly state: LayerLossState } {
  checkInputs(strategy, inputs);
  const { drawnLayers, redrawIndex } = drawAt(strategy, inputs, state);
  const alive = aliveLayers(survivorsOf(strategy), inputs.studentStates.length, inputs);
  checkFiniteStates(strategy, inputs, { drawnLayers, alive });
  const transformed = inputs.studentStates.map((states) => transformStates(states, inputs.transform, inputs));
  const measured = measure(strategy, inputs, drawnLayers, transformed);
  const { step } = inputs;
  const realigned =
    strategy.kind === 'published' || mustRealign(strategy.schedule, state, { step, drawnLayers, alive });
  const weights =
    !realigned && state.weights !== null
      ? state.weights
      : alignFromDistances(strategy, { ...measured, alive, drawn: drawnLayers }, inputs.headLayerZ);
  const loss = reduceLoss(reductionOf(strategy), weights, measured.distances);
  return {
    output: { loss, drawnLayers, weights, ...measured, realigned },
    state: { drawnLayers, redrawIndex, alignedStep: realigned ? step : state.alignedStep, weights },
  };
}

/**
 * The loss as a function of states and transformation around a step's choices: what its gradient is the derivative of.
 * The alignment is held, except where gradient flows through its weights.
 */
export function lossAroundChoices(
  strategy: LayerStrategy,
  inputs: LayerLossInputs,
  chosen: { readonly drawnLayers: readonly number[]; readonly weights: Matrix },
): number {
  const transformed = inputs.studentStates.map((states) => transformStates(states, inputs.transform, inputs));
  const measured = measure(strategy, inputs, chosen.drawnLayers, transformed);
  const alive = aliveLayers(survivorsOf(strategy), inputs.studentStates.length, inputs);
  const weights =
    strategy.kind === 'composed' && hasGradientThroughWeights(strategy)
      ? align(strategy.alignment, { ...measured, alive, drawn: chosen.drawnLayers })
      : chosen.weights;
  return reduceLoss(reductionOf(strategy), weights, measured.distances);
}

/** The weights [k, S] that a strategy gives to known distances. `headLayerZ` is what the published versions look at. */
export function alignFromDistances(
  strategy: LayerStrategy,
  problem: AlignmentProblem,
  headLayerZ: Numbers | null = null,
): number[][] {
  return strategy.kind === 'published'
    ? alignPublished(strategy.version, problem.distances, headLayerZ)
    : align(strategy.alignment, problem);
}

/** The loss that a strategy makes of weights and distances. */
export function lossFromWeights(strategy: LayerStrategy, weights: Matrix, distances: Matrix): number {
  return reduceLoss(reductionOf(strategy), weights, distances);
}

/** Whether a strategy has a layer loss at all. */
export function hasLayerLoss(strategy: Strategy): strategy is LayerStrategy {
  return strategy.kind !== 'none';
}

/** Which student layers a strategy may match; the published versions look at all, in their own way. */
export function survivorsOf(strategy: LayerStrategy): ComposedStrategy['survivors'] {
  return strategy.kind === 'published' ? 'all' : strategy.survivors;
}

/** Distance and padding of a strategy. */
export function normalisationOf(strategy: LayerStrategy): ComposedStrategy['normalisation'] {
  return strategy.kind === 'published' ? publishedNormalisation : strategy.normalisation;
}

const publishedNormalisation = { reduction: { kind: 'sum' }, distance: 'mse', padding: 'counted' } as const;

function hasGradientThroughWeights({ alignment }: ComposedStrategy): boolean {
  return 'gradientThroughWeights' in alignment && alignment.gradientThroughWeights;
}

function reductionOf(strategy: LayerStrategy) {
  return normalisationOf(strategy).reduction;
}

function drawAt(strategy: LayerStrategy, inputs: LayerLossInputs, state: LayerLossState) {
  if (strategy.kind === 'published') {
    return {
      drawnLayers: inputs.drawnLayers ?? drawPublished(strategy.version, inputs.globalRandom),
      redrawIndex: inputs.step,
    };
  }
  const redrawIndex = redrawIndexAt(strategy.schedule.redraw, inputs.step, inputs.epoch);
  if (inputs.drawnLayers !== null) return { drawnLayers: inputs.drawnLayers, redrawIndex };
  if (redrawIndex === state.redrawIndex) return { drawnLayers: state.drawnLayers, redrawIndex };
  const context = { ...inputs, teacherLayers: inputs.teacherStates.length, redrawIndex };
  return { drawnLayers: drawLayers(strategy.selection, context), redrawIndex };
}

function measure(
  strategy: LayerStrategy,
  inputs: LayerLossInputs,
  drawnLayers: readonly number[],
  transformed: readonly Numbers[],
): { readonly distances: Matrix; readonly scores: Matrix | null } {
  const distances = distanceMatrix(normalisationOf(strategy), inputs, drawnLayers, transformed);
  const scores =
    strategy.kind === 'composed' && strategy.alignment.kind === 'attention'
      ? attentionScores(strategy.alignment.temperature, inputs, drawnLayers, transformed)
      : null;
  return { distances, scores };
}
