import { countedTokens, flooredNorm } from '../strategy/reference/distance.ts';
import {
  type LayerLossInputs,
  type LayerStrategy,
  type Matrix,
  type Numbers,
  normalisationOf,
} from '../strategy/reference/index.ts';
import { transformMagnitudes } from '../strategy/reference/transform.ts';
import type { ProbeMetadata } from '../wire/probe.ts';

/** The arithmetic that made the recorded numbers. */
export type Arithmetic = Pick<ProbeMetadata, 'statesDtype' | 'computeDtype' | 'tf32' | 'device'>;

/** Relative rounding error of one operation in each type: 2 to the minus precision. */
const unitRoundoff = { float64: 2 ** -53, float32: 2 ** -24, float16: 2 ** -11, bfloat16: 2 ** -8 } as const;
/** Half the spacing of float16's subnormals. */
const smallestHalf = 2 ** -25;
/** TensorFloat-32 keeps 10 bits and may truncate, in each of the two factors. */
const tf32Error = 2 * 2 ** -10;
/** Rounding errors of a sum in any order, beyond that of one operation. */
const sumFactor = 64;

/**
 * Error of a reduction, relative to the sum of the magnitudes: over float64 where everything is, else over float32,
 * which the corrected strategies convert to and the published code does not.
 */
export function reductionError({ statesDtype, computeDtype }: Arithmetic, convertsFirst: boolean): number {
  const wide = statesDtype === 'float64' && computeDtype === 'float64';
  const reduced = sumFactor * (wide ? unitRoundoff.float64 : unitRoundoff.float32);
  const elementwise = 8 * Math.max(unitRoundoff[statesDtype], unitRoundoff[computeDtype]);
  return convertsFirst ? reduced : Math.max(reduced, elementwise);
}

/** Error of one transformed number, relative to Σ|s||W| + |b|; docs/parity.md derives it. */
export function transformError(arithmetic: Arithmetic, studentWidth: number): number {
  const { statesDtype, computeDtype, tf32, device } = arithmetic;
  const coarsest = Math.max(unitRoundoff[statesDtype], unitRoundoff[computeDtype]);
  const accumulator = coarsest === unitRoundoff.float64 ? unitRoundoff.float64 : unitRoundoff.float32;
  const accumulated = 4 * (1 + Math.sqrt(studentWidth)) * accumulator;
  if (coarsest > unitRoundoff.float32) return 4 * coarsest + accumulated;
  return tf32 && device === 'cuda' && coarsest === unitRoundoff.float32 ? tf32Error + accumulated : accumulated;
}

/** Allowed differences of distances and scores, entry by entry: [k, S]. */
export type StateTolerances = { readonly distances: Matrix; readonly scores: Matrix };

/** How far recorded distances and scores may lie from the reference's, given the states that they were made of. */
export function stateTolerances(
  strategy: LayerStrategy,
  inputs: LayerLossInputs,
  arithmetic: Arithmetic,
  computed: {
    readonly drawnLayers: readonly number[];
    readonly transformed: readonly Numbers[];
    readonly distances: Matrix;
    readonly temperature: number;
  },
): StateTolerances {
  const normalisation = normalisationOf(strategy);
  const counted = countedTokens(normalisation.padding, inputs);
  const relative = transformError(arithmetic, inputs.studentWidth);
  const reduction = reductionError(arithmetic, strategy.kind === 'composed');
  const smallest = [arithmetic.statesDtype, arithmetic.computeDtype].includes('float16') ? smallestHalf : 0;
  const errors = inputs.studentStates.map((states) =>
    transformMagnitudes(states, inputs.transform, inputs).map((magnitude) => relative * magnitude + smallest),
  );
  const perPair = (value: (teacher: Numbers, student: number, row: number) => number) =>
    computed.drawnLayers.map((layer, row) =>
      errors.map((_, student) => value(inputs.teacherStates[layer] as Numbers, student, row)),
    );
  const size = (states: Numbers) => tokenMean(counted, inputs.width, (token) => meanSquare(token(states)));
  return {
    distances: perPair((teacher, student, row) => {
      const x = computed.transformed[student] as Numbers;
      const error = errors[student] as Numbers;
      if (normalisation.distance === 'mse') {
        const spread = Math.sqrt(size(error));
        const scale = (Math.sqrt(size(teacher)) + Math.sqrt(size(x))) ** 2;
        return 2 * Math.sqrt(computed.distances[row]?.[student] as number) * spread + spread ** 2 + reduction * scale;
      }
      // Both normalised distances move by at most 4e + e² where the normalised state moves by e.
      const moved = tokenMean(counted, inputs.width, (token) => {
        const e = Math.min(2, (2 * Math.sqrt(sumOfSquares(token(error)))) / flooredNorm(token(x)));
        return 4 * e + e * e;
      });
      return moved + 4 * reduction;
    }),
    scores: perPair((teacher, student) => {
      const { batch, tokens, width } = inputs;
      const first = Array.from({ length: batch }, (_, sequence) => sequence * tokens);
      const x = computed.transformed[student] as Numbers;
      const error = errors[student] as Numbers;
      const moved = tokenMean(first, width, (token) => {
        const t = Math.sqrt(sumOfSquares(token(teacher)));
        return t * (Math.sqrt(sumOfSquares(token(error))) + reduction * Math.sqrt(sumOfSquares(token(x))));
      });
      return moved / (computed.temperature * Math.sqrt(width));
    }),
  };
}

function tokenMean(
  tokens: readonly number[],
  width: number,
  value: (token: (states: Numbers) => Numbers) => number,
): number {
  if (tokens.length === 0) return 0;
  const total = tokens.reduce(
    (sum, index) => sum + value((states) => states.subarray(index * width, (index + 1) * width)),
    0,
  );
  return total / tokens.length;
}

function meanSquare(vector: Numbers): number {
  return sumOfSquares(vector) / vector.length;
}

function sumOfSquares(vector: Numbers): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return sum;
}
