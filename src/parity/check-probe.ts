import { attentionScores } from '../strategy/reference/alignment/attention.ts';
import { distanceMatrix } from '../strategy/reference/distance.ts';
import { aliveLayers, type LayerLossInputs, lossFromWeights, type Matrix, normalisationOf, survivorsOf } from '../strategy/reference/index.ts';
import { transformStates } from '../strategy/reference/transform.ts';
import { checkDraw } from './check-draw.ts';
import { agrees, type Difference } from './difference.ts';
import { judgeKept, judgeWeights } from './judge/index.ts';
import { type Probe, type Recorded, readProbe } from './probe.ts';
import { reductionError, stateTolerances } from './tolerance.ts';

export type ProbeVerdict = {
  readonly path: string;
  readonly step: number;
  readonly strategyName: string;
  readonly moduleSha256: string;
  readonly agrees: boolean;
  readonly firstDifference?: Difference;
};

/**
 * Holds one probe file against the reference: its draw, its slice recomputed from the states, and its whole step
 * recomputed from the recorded distances.
 *
 * @throws TensorFileError where the file is no readable probe.
 */
export async function checkProbe(path: string): Promise<ProbeVerdict> {
  const probe = await readProbe(path);
  const { step, strategyName, moduleSha256 } = probe.metadata;
  const firstDifference = checkDraw(probe.strategy, probe.metadata, probe.teacherStates.length) ?? checkNumbers(probe);
  const verdict = { path, step, strategyName, moduleSha256 };
  return firstDifference === null ? { ...verdict, agrees: true } : { ...verdict, agrees: false, firstDifference };
}

function checkNumbers(probe: Probe): Difference | null {
  const { slice, wholeStep, metadata } = probe;
  const { distances, scores, tolerances, scale } = recompute(probe);
  const isNeeded = (row: number, column: number) => probe.strategy.kind === 'published' || slice.weights[row]?.[column] !== 0;
  const sliceDifference =
    compareMatrices('distances_kS', slice.distances, distances, tolerances.distances, isNeeded) ??
    (slice.scores && compareMatrices('scores_kS', slice.scores, scores, tolerances.scores, isNeeded)) ??
    checkFromDistances(probe, slice, true, scale);
  return named('slice', sliceDifference) ?? named('step', checkFromDistances(probe, wholeStep, metadata.realigned, scale));
}

/** Weights and loss, given the recorded distances; `scale` is the size of squared states. */
function checkFromDistances(probe: Probe, recorded: Recorded, realigned: boolean, scale: number): Difference | null {
  const { strategy, headLayerZ } = probe;
  const relativeError = reductionError(probe.metadata);
  const alive = aliveLayers(survivorsOf(strategy), probe.studentStates.length, probe);
  const tolerances = recorded.distances.map((row) => row.map((distance) => relativeError * (Math.abs(distance) + scale)));
  const problem = { distances: recorded.distances, scores: recorded.scores, alive, drawn: probe.metadata.drawnLayers };
  const judged = { problem, recorded: recorded.weights, tolerances };
  const verdict = realigned ? judgeWeights(strategy, judged, { headLayerZ, relativeError }) : judgeKept(judged);
  if (verdict !== null) return verdict;
  const expected = lossFromWeights(strategy, recorded.weights, recorded.distances);
  const tolerance = Math.abs(relativeError * lossFromWeights(strategy, recorded.weights, recorded.distances.map((row) => row.map(Math.abs))));
  if (agrees(recorded.loss, expected, tolerance)) return null;
  const explanation = 'the loss is not the one that the recorded weights and distances give';
  return { what: 'loss', index: [], recorded: recorded.loss, expected, tolerance, explanation };
}

function recompute(probe: Probe) {
  const { strategy, metadata, transform } = probe;
  const { drawnLayers } = metadata;
  const inputs: LayerLossInputs = { ...probe, ...metadata, globalRandom: null };
  const normalisation = normalisationOf(strategy);
  const transformed = probe.studentStates.map((states) => transformStates(states, transform, inputs));
  const distances = distanceMatrix(normalisation, inputs, drawnLayers, transformed);
  const temperature = strategy.kind === 'composed' && strategy.alignment.kind === 'attention' ? strategy.alignment.temperature : 1;
  const scores = attentionScores(temperature, inputs, drawnLayers, transformed);
  const tolerances = stateTolerances(normalisation, inputs, metadata, { drawnLayers, transformed, distances, temperature });
  const all = [...drawnLayers.map((layer) => probe.teacherStates[layer] ?? new Float64Array()), ...transformed];
  const scale = normalisation.distance === 'mse' ? Math.max(...all.map(meanSquare)) : 1;
  return { distances, scores, tolerances, scale };
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
      return { what, index: [row, column], recorded: found, expected: value, tolerance, explanation: 'recomputed from the states' };
    }
  }
  return null;
}

function named(part: string, difference: Difference | null): Difference | null {
  return difference === null ? null : { ...difference, what: `${part}.${difference.what}` };
}
