import { strategyNeeds } from '../../src/strategy/needs.ts';
import type { LayerLossInputs, LayerStrategy } from '../../src/strategy/reference/index.ts';
import type { MadeStep } from './answer.ts';

/** The entry point for upstream's trainer must make of the first step what `layer_loss` made, or refuse by name. */
export function checkDropIn(
  strategy: LayerStrategy,
  inputs: LayerLossInputs,
  { dropIn, loss, gradients }: MadeStep,
): string | null {
  if (dropIn === null) return 'the entry point for upstream was not run';
  const needs = strategyNeeds(strategy);
  if (needs.length > 0) {
    const named = 'error' in dropIn && needs.some((need) => dropIn.message.includes(need));
    return named ? null : `the entry point for upstream should refuse for want of ${needs.join(', ')}, naming it`;
  }
  // Upstream's call cannot pass layers in, so it draws its own.
  if (inputs.drawnLayers !== null) return null;
  if ('error' in dropIn) return `the entry point for upstream raised ${dropIn.message}; layer_loss did not`;
  if (dropIn.loss !== loss) return 'the entry point for upstream gives another loss than layer_loss';
  const same = JSON.stringify(dropIn.gradients) === JSON.stringify(gradients);
  return same ? null : 'the entry point for upstream gives other gradients than layer_loss';
}
