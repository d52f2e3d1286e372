import type { ComposedStrategy, PublishedStrategy } from '../specification/strategy.ts';
import { validateStrategy } from '../validate.ts';
import { LayerLossError, type LayerLossInputs, type Numbers } from './types.ts';

/**
 * Refuses inputs that do not fit together or, for the corrected strategies, that are not finite.
 * The published versions let non-finite states through, as their code does.
 *
 * @throws LayerLossError
 */
export function checkInputs(strategy: ComposedStrategy | PublishedStrategy, inputs: LayerLossInputs): void {
  const { teacherStates, studentStates, batch, tokens, width, studentWidth } = inputs;
  const [mismatch] = validateStrategy(strategy, {
    name: strategy.kind,
    teacherLayers: teacherStates.length,
    studentLayers: studentStates.length,
  });
  if (mismatch !== undefined) throw new LayerLossError(mismatch);
  checkLengths('teacher layer', teacherStates, batch * tokens * width);
  checkLengths('student layer', studentStates, batch * tokens * studentWidth);
  checkLength('the transformation', inputs.transform.weight, width * studentWidth);
  checkLength('the bias', inputs.transform.bias, width);
  checkLength('head_layer_z', inputs.headLayerZ, studentStates.length);
  checkLength('mlp_z', inputs.mlpZ, studentStates.length);
  checkLength('the attention mask', inputs.attentionMask, batch * tokens);
  if (strategy.kind === 'published') return;
  checkFinite('teacher', teacherStates, inputs.step);
  checkFinite('student', studentStates, inputs.step);
  if (strategy.normalisation.padding === 'masked' && inputs.attentionMask === null) {
    throw new LayerLossError('This strategy needs the attention mask, which was not given');
  }
}

function checkLengths(what: string, layers: readonly Numbers[], expected: number): void {
  for (const [layer, states] of layers.entries()) checkLength(`${what} ${layer}`, states, expected);
}

function checkLength(what: string, values: Numbers | null, expected: number): void {
  if (values === null || values.length === expected) return;
  throw new LayerLossError(`Expected ${expected} numbers for ${what}, got ${values.length}`);
}

function checkFinite(side: string, layers: readonly Numbers[], step: number): void {
  const layer = layers.findIndex((states) => !states.every(Number.isFinite));
  if (layer === -1) return;
  throw new LayerLossError(`Step ${step}: the states of ${side} layer ${layer} are not all finite`);
}
