import type { Survivors } from '../specification/terms.ts';

export type EmittedSurvivors = { readonly doc: string; readonly code: string };

/** `_may_match(inputs)`: which student layers exist, [S], on the device. */
export function emitSurvivors(survivors: Survivors): EmittedSurvivors {
  switch (survivors) {
    case 'all':
      return { doc: 'all student layers', code: `${signature}\n    return ${everyLayer}` };
    case 'head':
      return {
        doc: 'student layers whose attention gate is not 0',
        code: `${signature}
    if inputs.head_layer_z is None:
        return ${everyLayer}
    return inputs.head_layer_z != 0`,
      };
    case 'mlp':
      return {
        doc: 'student layers whose feed-forward gate is not 0',
        code: `${signature}
    if inputs.mlp_z is None:
        return ${everyLayer}
    return inputs.mlp_z != 0`,
      };
    case 'head-or-mlp':
      return {
        doc: 'student layers with an attention or feed-forward gate that is not 0',
        code: `${signature}
    if inputs.head_layer_z is None or inputs.mlp_z is None:
        return ${everyLayer}
    return (inputs.head_layer_z != 0) | (inputs.mlp_z != 0)`,
      };
    default:
      survivors satisfies never;
      throw new TypeError('unreachable survivors');
  }
}

const signature = 'def _may_match_S(inputs: LayerLossInputs) -> Tensor:';
const everyLayer = 'inputs.student_states[0].new_ones(len(inputs.student_states), dtype=torch.bool)';
