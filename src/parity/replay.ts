import { importanceMeasureOf, strategyNeeds } from '../strategy/needs.ts';
import { type PythonRandom, pythonRandom } from '../strategy/random/python-random.ts';
import {
  alignFromDistances,
  aliveLayers,
  drawLayers,
  type LayerStrategy,
  type Matrix,
  normalisationOf,
  PublishedIndexError,
  survivorsOf,
} from '../strategy/reference/index.ts';
import { drawPublished } from '../strategy/reference/published.ts';
import { mustRealign, redrawIndexAt } from '../strategy/reference/schedule.ts';
import { validateStrategy } from '../strategy/validate.ts';
import type { RecordedStep } from './recorded-steps.ts';

/** What a strategy would have chosen at one recorded step. */
export type ReplayedStep = {
  readonly step: number;
  readonly drawnLayers: readonly number[];
  /** [k, S]; null where the published code would have raised an IndexError. */
  readonly weights: Matrix | null;
};

/** The teacher layers' importance by measure, as far as it was measured. */
export type Importances = ReadonlyMap<string, readonly number[]>;

const none: Importances = new Map();

/** Why a strategy's choices cannot be told from recorded distances, in one sentence; null where they can. */
export function replayObstacle(
  strategy: LayerStrategy,
  name: string,
  recorded: RecordedStep,
  importances: Importances = none,
): string | null {
  const depths = { name, teacherLayers: recorded.distances.length, studentLayers: recorded.attentionOn.length };
  const [misfit] = validateStrategy(strategy, depths);
  if (misfit !== undefined) return misfit;
  const { distance, padding } = normalisationOf(strategy);
  const measure = importanceMeasureOf(strategy);
  if (measure !== null && !importances.has(measure)) {
    return `Strategy "${name}" selects by the importance of this run's teacher's layers (${measure}), which no finished stage here has measured`;
  }
  const need = strategyNeeds(strategy).find((one) => one !== 'layer-importance');
  if (need !== undefined) return `Strategy "${name}" needs ${need}, which runs do not record`;
  if (distance !== 'mse' || padding !== 'counted') {
    return `Strategy "${name}" chooses by another distance (${distance}, padding ${padding}) than the recorded mse over all tokens`;
  }
  const isByScores = strategy.kind === 'composed' && strategy.alignment.kind === 'attention';
  return isByScores ? `Strategy "${name}" weighs layers by attention scores, which runs do not record` : null;
}

/**
 * A strategy's choices along another run's trajectory, on the steps that the run recorded.
 * An alignment that is kept for several steps is kept between recorded ones.
 */
export function replay(
  strategy: LayerStrategy,
  steps: readonly RecordedStep[],
  seed: number,
  importances: Importances = none,
): readonly ReplayedStep[] {
  const drawAt = drawer(strategy, seed, importances);
  const replayed: ReplayedStep[] = [];
  let alignedStep = -1;
  for (const recorded of steps) {
    const { step } = recorded;
    const drawnLayers = drawAt(recorded);
    const gates = { headLayerZ: gate(recorded.attentionOn), mlpZ: gate(recorded.feedForwardOn) };
    const alive = aliveLayers(survivorsOf(strategy), recorded.attentionOn.length, gates);
    const last = replayed.at(-1);
    const kept = { drawnLayers: last?.drawnLayers ?? [], redrawIndex: 0, alignedStep, weights: last?.weights ?? null };
    if (strategy.kind === 'composed' && !mustRealign(strategy.schedule, kept, { step, drawnLayers, alive })) {
      replayed.push({ step, drawnLayers, weights: kept.weights });
      continue;
    }
    const distances = drawnLayers.map((layer) => recorded.distances[layer] as readonly number[]);
    replayed.push({
      step,
      drawnLayers,
      weights: weightsOrNull(() =>
        alignFromDistances(strategy, { distances, scores: null, alive, drawn: drawnLayers }, gates.headLayerZ),
      ),
    });
    alignedStep = step;
  }
  return replayed;
}

/** Share of the steps, 0 to 1, at which two strategies weigh any pair of teacher and student layer differently. */
export function shareDiffering(first: readonly ReplayedStep[], second: readonly ReplayedStep[]): number {
  const differing = first.filter((step, index) => pairsOf(step) !== pairsOf(second[index] as ReplayedStep));
  return differing.length / Math.max(1, first.length);
}

/** The weighted pairs of a step as text, the same for the same choices: `2→3 5→5`. */
export function pairsOf({ drawnLayers, weights }: ReplayedStep): string {
  if (weights === null) return 'IndexError';
  const totals = new Map<string, number>();
  for (const [row, layer] of drawnLayers.entries()) {
    for (const [column, weight] of (weights[row] ?? []).entries()) {
      const pair = `${layer}→${column}`;
      if (weight !== 0) totals.set(pair, (totals.get(pair) ?? 0) + weight);
    }
  }
  return [...totals]
    .map(([pair, weight]) => (weight === 1 ? pair : `${pair}×${Number(weight.toPrecision(3))}`))
    .join(' ');
}

function drawer(
  strategy: LayerStrategy,
  seed: number,
  importances: Importances,
): (recorded: RecordedStep) => readonly number[] {
  if (strategy.kind === 'composed') {
    const layerImportance = importances.get(importanceMeasureOf(strategy) ?? '') ?? null;
    return ({ step, distances }) => {
      const redrawIndex = redrawIndexAt(strategy.schedule.redraw, step, null);
      const context = { seed, redrawIndex, expectedLayers: null, layerImportance };
      return drawLayers(strategy.selection, { ...context, teacherLayers: distances.length });
    };
  }
  // The published code draws once a step, in order, from the generator that the run seeded at its start.
  const globalRandom: PythonRandom = pythonRandom(seed);
  let drawnSteps = 0;
  let drawn: readonly number[] = [];
  return ({ step }) => {
    for (; drawnSteps <= step; drawnSteps++) drawn = drawPublished(strategy.version, globalRandom);
    return drawn;
  };
}

function gate(isOn: readonly boolean[]): Float64Array {
  return Float64Array.from(isOn, Number);
}

function weightsOrNull(align: () => Matrix): Matrix | null {
  try {
    return align();
  } catch (error) {
    if (error instanceof PublishedIndexError) return null;
    throw error;
  }
}
