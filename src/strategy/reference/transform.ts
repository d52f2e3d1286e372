import type { Affine, LayerLossInputs, Numbers } from './types.ts';

/** x = s Wᵀ + b for one student layer: [batch·tokens, width] from [batch·tokens, studentWidth]. */
export function transformStates(states: Numbers, affine: Affine, inputs: LayerLossInputs): Numbers {
  return affineRows(states, affine.weight, affine.bias, inputs.width, inputs.studentWidth);
}

/** |s| |W|ᵀ + |b|: what the rounding errors of the transformation are proportional to. */
export function transformMagnitudes(states: Numbers, affine: Affine, inputs: LayerLossInputs): Numbers {
  return affineRows(
    states.map(Math.abs),
    affine.weight.map(Math.abs),
    affine.bias.map(Math.abs),
    inputs.width,
    inputs.studentWidth,
  );
}

function affineRows(states: Numbers, weight: Numbers, bias: Numbers, width: number, studentWidth: number): Numbers {
  const rows = states.length / studentWidth;
  const result = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (let out = 0; out < width; out++) {
      let sum = 0;
      for (let h = 0; h < studentWidth; h++) {
        sum += (states[row * studentWidth + h] as number) * (weight[out * studentWidth + h] as number);
      }
      result[row * width + out] = sum + (bias[out] as number);
    }
  }
  return result;
}
