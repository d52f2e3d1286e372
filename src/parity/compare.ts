import { attentionScores } from '../strategy/reference/alignment/attention.ts';
import { distanceMatrix } from '../strategy/reference/distance.ts';
import {
  aliveLayers,
  type LayerLossInputs,
  type LayerStrategy,
  lossFromWeights,
  type Matrix,
  normalisationOf,
  survivorsOf,
} from '../strategy/reference/index.ts';
import { transformStates } from '../strategy/reference/transform.ts';
import { agrees, type Difference } from './difference.ts';
import { judgeKept, judgeWeights } from './judge/index.ts';
import { type Arithmetic, reductionError, stateTolerances } from './tolerance.ts';

/** What a module made of its inputs. */
export type Recorded = {
  readonly loss: number;
  /** [k, S] */
  readonly weights: Matrix;
  /** [k, S]; NaN where not computed. */
  readonly distances: Matrix;
  readonly scores: Matrix | null;
  readonly drawnLayers: readonly number[];
  readonly realigned: boolean;
  /** [k, S]: by how much more a distance may be off that the module left out and the reference filled in. */
  readonly gapTolerances?: Matrix;
};

/** What a record is judged by beside its own numbers. */
type Given = {
  readonly strategy: LayerStrategy;
  readonly arithmetic: Arithmetic;
  /** Mean square of the largest states: what rounding errors of squared differences are relative to. */
  readonly scale: number;
};

/** A record against its states: distances and scores recomputed in float64, then weights and loss from what was recorded. */
export function compareWithStates(
  { strategy, arithmetic }: Omit<Given, 'scale'>,
  inputs: LayerLossInputs,
  recorded: Recorded,
): Difference | null {
  const { distances, scores, tolerances } = recompute(strategy, inputs, arithmetic, recorded.drawnLayers);
  const isNeeded = (row: number, column: number) =>
    strategy.kind === 'published' || recorded.weights[row]?.[column] !== 0;
  return (
    compareMatrices('distances_kS', recorded.distances, distances, tolerances.distances, () => false) ??
    (recorded.scores && compareMatrices('scores_kS', recorded.scores, scores, tolerances.scores, isNeeded)) ??
    compareFromDistances({ strategy, arithmetic, scale: stateScale(strategy, inputs) }, inputs, {
      ...recorded,
      distances: withoutGaps(recorded.distances, distances),
      gapTolerances: tolerances.distances.map((row, index) =>
        row.map((tolerance, column) => (Number.isNaN(recorded.distances[index]?.[column]) ? tolerance : 0)),
      ),
    }) ??
    compareMatrices('distances_kS', recorded.distances, distances, tolerances.distances, isNeeded)
  );
}

/** The reference's own distance where the module left one out, so that its choice is held against all of them. */
function withoutGaps(recorded: Matrix, computed: Matrix): Matrix {
  return recorded.map((row, index) =>
    row.map((distance, column) => (Number.isNaN(distance) ? (computed[index]?.[column] as number) : distance)),
  );
}

/** Weights and loss, given the recorded distances. A candidate without one is taken to be farther than the choice. */
export function compareFromDistances(
  { strategy, arithmetic, scale }: Given,
  gates: Pick<LayerLossInputs, 'headLayerZ' | 'mlpZ'>,
  recorded: Recorded,
): Difference | null {
  const { distances, scores, weights, drawnLayers } = recorded;
  const relativeError = reductionError(arithmetic, strategy.kind === 'composed');
  const alive = aliveLayers(survivorsOf(strategy), distances[0]?.length ?? 0, gates);
  const tolerances = distances.map((row, index) =>
    row.map(
      (distance, column) =>
        relativeError * (Math.abs(distance) + scale) + (recorded.gapTolerances?.[index]?.[column] ?? 0),
    ),
  );
  const judged = { problem: { distances, scores, alive, drawn: drawnLayers }, recorded: weights, tolerances };
  const verdict = recorded.realigned
    ? judgeWeights(strategy, judged, { headLayerZ: gates.headLayerZ, relativeError })
    : judgeKept(judged);
  if (verdict !== null) return verdict;
  const expected = lossFromWeights(strategy, weights, distances);
  const magnitude = lossFromWeights(
    strategy,
    weights,
    distances.map((row) => row.map(Math.abs)),
  );
  const tolerance = relativeError * magnitude;
  if (agrees(recorded.loss, expected, tolerance)) return null;
  const explanation = 'the loss is not the one that the recorded weights and distances give';
  return { what: 'loss', index: [], recorded: recorded.loss, expected, tolerance, explanation };
}

/** Mean square of the largest layer's states, for distances that scale with states; 1 for those that do not. */
export function stateScale(strategy: LayerStrategy, inputs: LayerLossInputs): number {
  if (normalisationOf(strategy).distance !== 'mse') return 1;
  const transformed = inputs.studentStates.map((states) => transformStates(states, inputs.transform, inputs));
  const sizes = [...inputs.teacherStates, ...transformed].map(meanSquare).filter(Number.isFinite);
  return Math.max(0, ...sizes);
}

function recompute(
  strategy: LayerStrategy,
  inputs: LayerLossInputs,
  arithmetic: Arithmetic,
  drawnLayers: readonly number[],
) {
  const normalisation = normalisationOf(strategy);
  const transformed = inputs.studentStates.map((states) => transformStates(states, inputs.transform, inputs));
  const distances = distanceMatrix(normalisation, inputs, drawnLayers, transformed);
  const temperature =
    strategy.kind === 'composed' && strategy.alignment.kind === 'attention' ? strategy.alignment.temperature : 1;
  const scores = attentionScores(temperature, inputs, drawnLayers, transformed);
  const computed = { drawnLayers, transformed, distances, temperature };
  return { distances, scores, tolerances: stateTolerances(strategy, inputs, arithmetic, computed) };
}

function meanSquare(states: Float64Array): number {
  return states.reduce((sum, value) => sum + value * value, 0) / Math.max(1, states.length);
}

// NaN says that a pair was not computed, which only pairs that are not needed may be.
function compareMatrices(
  what: string,
  recorded: Matrix,
  expected: Matrix,
  tolerances: Matrix,
  isNeeded: (row: number, column: number) => boolean,
): Difference | null {
  for (const [row, values] of expected.entries()) {
    for (const [column, value] of values.entries()) {
      const found = recorded[row]?.[column] as number;
      const tolerance = tolerances[row]?.[column] as number;
      if (agrees(found, value, tolerance) || (Number.isNaN(found) && !isNeeded(row, column))) continue;
      return {
        what,
        index: [row, column],
        recorded: found,
        expected: value,
        tolerance,
        explanation: 'recomputed from the states',
      };
    }
  }
  return null;
}
