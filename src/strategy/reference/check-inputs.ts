import type { ComposedStrategy, PublishedStrategy } from '../specification/strategy.ts';
import { validateStrategy } from '../validate.ts';
import { LayerLossError, type LayerLossInputs, type Numbers } from './types.ts';

/**
 * Refuses inputs that do not fit together.
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
  if (strategy.normalisation.padding === 'masked' && inputs.attentionMask === null) {
    throw new LayerLossError('This strategy needs the attention mask, which was not given');
  }
}

/**
 * Refuses states that are not finite where a corrected strategy looks at them: of the drawn teacher layers and of the
 * student layers that may be matched. The published versions let them through, as their code does.
 *
 * @throws LayerLossError
 */
export function checkFiniteStates(
  strategy: ComposedStrategy | PublishedStrategy,
  { teacherStates, studentStates, step }: LayerLossInputs,
  { drawnLayers, alive }: { readonly drawnLayers: readonly number[]; readonly alive: readonly boolean[] },
): void {
  if (strategy.kind === 'published') return;
  checkFinite('teacher', teacherStates, drawnLayers, step);
  checkFinite(
    'student',
    studentStates,
    [...alive.keys()].filter((layer) => alive[layer]),
    step,
  );
}

function checkLengths(what: string, layers: readonly Numbers[], expected: number): void {
  for (const [layer, states] of layers.entries()) checkLength(`${what} ${layer}`, states, expected);
}

function checkLength(what: string, values: Numbers | null, expected: number): void {
  if (values === null || values.length === expected) return;
  throw new LayerLossError(`Expected ${expected} numbers for ${what}, got ${values.length}`);
}

function checkFinite(side: string, states: readonly Numbers[], layers: readonly number[], step: number): void {
  const layer = layers.find((one) => states[one]?.every(Number.isFinite) !== true);
  if (layer === undefined) return;
  throw new LayerLossError(`Step ${step}: the states of ${side} layer ${layer} are not all finite`);
}
