import type { Normalisation } from '../specification/terms.ts';
import type { LayerLossInputs, Matrix, Numbers } from './types.ts';

const smallestNorm = 1e-8;

/** Distances between the drawn teacher layers and every transformed student layer: [k, S]. */
export function distanceMatrix(
  normalisation: Normalisation,
  inputs: LayerLossInputs,
  drawnLayers: readonly number[],
  transformed: readonly Numbers[],
): Matrix {
  const counted = countedTokens(normalisation.padding, inputs);
  return drawnLayers.map((layer) => {
    const teacher = inputs.teacherStates[layer] as Numbers;
    return transformed.map((student) =>
      meanOverTokens(normalisation.distance, teacher, student, counted, inputs.width),
    );
  });
}

/** Indices into [batch·tokens]: all of them, or those with a non-zero attention mask. */
export function countedTokens(padding: Normalisation['padding'], inputs: LayerLossInputs): number[] {
  const all = Array.from({ length: inputs.batch * inputs.tokens }, (_, token) => token);
  if (padding === 'counted' || inputs.attentionMask === null) return all;
  const mask = inputs.attentionMask;
  return all.filter((token) => mask[token] !== 0);
}

function meanOverTokens(
  distance: Normalisation['distance'],
  teacher: Numbers,
  student: Numbers,
  counted: readonly number[],
  width: number,
): number {
  if (counted.length === 0) return 0;
  let sum = 0;
  for (const token of counted) {
    const range = [token * width, (token + 1) * width] as const;
    sum += tokenDistance[distance](teacher.subarray(...range), student.subarray(...range));
  }
  return sum / counted.length;
}

const tokenDistance = {
  mse: (t: Numbers, x: Numbers) => sumOver(t, (value, h) => (value - (x[h] as number)) ** 2) / t.length,
  cosine: (t: Numbers, x: Numbers) =>
    1 - sumOver(t, (value, h) => value * (x[h] as number)) / (flooredNorm(t) * flooredNorm(x)),
  'l2-normalised': (t: Numbers, x: Numbers) => {
    const normT = flooredNorm(t);
    const normX = flooredNorm(x);
    return sumOver(t, (value, h) => (value / normT - (x[h] as number) / normX) ** 2);
  },
};

/** Euclidean norm of one token's state, at least 1e-8. */
export function flooredNorm(vector: Numbers): number {
  const norm = Math.sqrt(sumOver(vector, (value) => value * value));
  return Number.isNaN(norm) ? norm : Math.max(norm, smallestNorm);
}

function sumOver(vector: Numbers, term: (value: number, h: number) => number): number {
  let sum = 0;
  for (let h = 0; h < vector.length; h++) sum += term(vector[h] as number, h);
  return sum;
}
