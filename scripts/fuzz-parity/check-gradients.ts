import { countedTokens, flooredNorm } from '../../src/strategy/reference/distance.ts';
import type { LayerLossInputs, LayerStrategy, Matrix, Numbers } from '../../src/strategy/reference/index.ts';
import { lossAroundChoices, normalisationOf } from '../../src/strategy/reference/index.ts';
import { transformStates } from '../../src/strategy/reference/transform.ts';
import type { Gradients } from './answer.ts';
import { type Case, computeDtype, decode } from './case.ts';
import { dice } from './dice.ts';
import { split } from './inputs.ts';

type Chosen = {
  readonly drawnLayers: readonly number[];
  readonly weights: Matrix;
  readonly distances: Matrix;
  readonly gradients: Gradients;
};
type Direction = { readonly studentStates: Numbers; readonly weight: Numbers; readonly bias: Numbers };

/** Error of a directional derivative, relative to the size that its terms have before they cancel. */
const relativeError = { float64: 1e-6, float32: 1e-4, float16: 2e-2, bfloat16: 0.1 } as const;
const directions = 4;
const stepSize = 1e-5;

/** torch's gradients against central differences of the reference, along random directions through all leaves. */
export function checkGradients(
  strategy: LayerStrategy,
  fuzzed: Case,
  inputs: LayerLossInputs,
  chosen: Chosen,
): string | null {
  const gradients = decodeGradients(chosen.gradients);
  if (chosen.distances.some((row) => row.some(Number.isNaN)) && strategy.kind === 'published')
    return checkBroken(gradients);
  const everyState = [...inputs.teacherStates, ...inputs.studentStates];
  if (!everyState.every((states) => states.every(Number.isFinite))) return null;
  // At a zero state the normalised distances rise by 1e8, which float16 cannot hold.
  const isHalf = fuzzed.mode.statesDtype === 'float16' || fuzzed.mode.autocast === 'float16';
  if (isHalf && !isSmooth(strategy, inputs)) return null;
  if (!Object.values(gradients).every((values) => values.every(Number.isFinite))) return 'a gradient is not finite';
  const dead = deadGradient(chosen.weights, split(gradients.studentStates, inputs.studentStates.length));
  if (dead !== -1) return `student layer ${dead} is matched to nothing, yet gets a gradient`;
  if (!isSmooth(strategy, inputs)) return null;
  const type = computeDtype(fuzzed.mode);
  const followsWeights =
    strategy.kind === 'composed' &&
    'gradientThroughWeights' in strategy.alignment &&
    strategy.alignment.gradientThroughWeights;
  if (followsWeights && type !== 'float64') return null;
  const random = dice(fuzzed.globalSeed, inputs.step);
  for (let count = 0; count < directions; count++) {
    const direction = randomDirection(gradients, random.normal);
    const found = dot(gradients, direction);
    const [expected, scale] = centralDifference(strategy, inputs, chosen, direction);
    const coarsest = Math.max(relativeError[type], relativeError[fuzzed.mode.statesDtype]);
    const tolerance = coarsest * scale * (fuzzed.mode.tf32 ? 100 : 1) * (followsWeights ? 100 : 1);
    if (!(Math.abs(found - expected) <= tolerance)) {
      return `the gradient along direction ${count} is ${found}; expected ${expected} within ${tolerance}`;
    }
  }
  return null;
}

/** One pair that is not a number makes the shared transformation's gradient so, chosen or not: `gradient-graph-of-all-pairs`. */
function checkBroken({ bias }: Direction): string | null {
  return bias.every(Number.isFinite)
    ? 'a pair is not a number, yet gradients are finite; the published code makes them NaN'
    : null;
}

function deadGradient(weights: Matrix, perLayer: readonly Numbers[]): number {
  return perLayer.findIndex(
    (gradient, layer) => weights.every((row) => row[layer] === 0) && gradient.some((value) => value !== 0),
  );
}

// The normalised distances have a kink where a token's norm reaches its floor.
function isSmooth(strategy: LayerStrategy, inputs: LayerLossInputs): boolean {
  const { distance, padding } = normalisationOf(strategy);
  if (distance === 'mse') return true;
  const transformed = inputs.studentStates.map((states) => transformStates(states, inputs.transform, inputs));
  return countedTokens(padding, inputs).every((token) =>
    transformed.every((x) => flooredNorm(x.subarray(token * inputs.width, (token + 1) * inputs.width)) > 0.01),
  );
}

function randomDirection(like: Direction, normal: () => number): Direction {
  return {
    studentStates: like.studentStates.map(normal),
    weight: like.weight.map(normal),
    bias: like.bias.map(normal),
  };
}

function dot(a: Direction, b: Direction): number {
  const sum = (x: Numbers, y: Numbers) => x.reduce((total, value, index) => total + value * (y[index] as number), 0);
  return sum(a.studentStates, b.studentStates) + sum(a.weight, b.weight) + sum(a.bias, b.bias);
}

/** The derivative along a direction, and the size of its terms. */
function centralDifference(
  strategy: LayerStrategy,
  inputs: LayerLossInputs,
  chosen: Chosen,
  direction: Direction,
): [number, number] {
  const h = stepSize * smallestTokenScale(strategy, inputs);
  const at = (step: number) => lossAroundChoices(strategy, moved(inputs, direction, step), chosen);
  const derivative = (at(h) - at(-h)) / (2 * h);
  return [derivative, termSize(strategy, inputs, chosen, direction, at(0))];
}

// Normalised distances bend within a token's norm, so steps are small beside it.
function smallestTokenScale(strategy: LayerStrategy, inputs: LayerLossInputs): number {
  return normalisationOf(strategy).distance === 'mse' ? Math.max(1, rms(inputs.studentStates)) : 0.01;
}

function moved(inputs: LayerLossInputs, direction: Direction, step: number): LayerLossInputs {
  const add = (values: Numbers, along: Numbers) =>
    values.map((value, index) => value + step * (along[index] as number));
  const along = split(direction.studentStates, inputs.studentStates.length);
  return {
    ...inputs,
    studentStates: inputs.studentStates.map((states, layer) => add(states, along[layer] as Numbers)),
    transform: {
      weight: add(inputs.transform.weight, direction.weight),
      bias: add(inputs.transform.bias, direction.bias),
    },
  };
}

/** Σ W · (|t| + |x|) · |dx|, normalised as the loss: what the derivative would be if nothing cancelled. */
function termSize(
  strategy: LayerStrategy,
  inputs: LayerLossInputs,
  chosen: Chosen,
  direction: Direction,
  loss: number,
): number {
  const { distance, reduction } = normalisationOf(strategy);
  const total = chosen.weights.flat().reduce((sum, weight) => sum + weight, 0);
  const factor =
    reduction.kind === 'sum' ? 1 : (reduction.kind === 'mean' ? 1 : reduction.weight) / Math.max(total, 1e-300);
  const transformed = inputs.studentStates.map((states) => transformStates(states, inputs.transform, inputs));
  const further = moved(inputs, direction, 1);
  const there = further.studentStates.map((states) => transformStates(states, further.transform, further));
  let size = 0;
  for (const [row, weights] of chosen.weights.entries()) {
    for (const [layer, weight] of weights.entries()) {
      const x = transformed[layer] as Numbers;
      const change = rms([(there[layer] as Numbers).map((value, index) => value - (x[index] as number))]);
      const teacher = inputs.teacherStates[chosen.drawnLayers[row] as number] as Numbers;
      const states = rms([teacher]) + rms([x]);
      size +=
        weight * (distance === 'mse' ? 2 * states * change + change ** 2 : 4 * Math.sqrt(inputs.width) * change * 100);
    }
  }
  return factor * size + Math.abs(loss) + 1e-9;
}

function rms(layers: readonly Numbers[]): number {
  const values = layers.flatMap((layer) => [...layer]);
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / Math.max(1, values.length));
}

function decodeGradients({ studentStates, weight, bias }: Gradients): Direction {
  return { studentStates: decode(studentStates), weight: decode(weight), bias: decode(bias) };
}
