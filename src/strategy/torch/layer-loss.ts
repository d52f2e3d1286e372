import type { ComposedStrategy } from '../specification/strategy.ts';
import type { Schedule } from '../specification/terms.ts';
import { pyInt } from './literals.ts';
import { reducedLoss } from './reduction.ts';
import type { EmittedSelection } from './selection.ts';

/** `layer_loss`, with the schedule of the strategy: what is drawn and aligned anew, what is kept. */
export function emitLayerLoss(strategy: ComposedStrategy, selection: EmittedSelection): string {
  const scored = strategy.alignment.kind === 'attention';
  const keeps = strategy.schedule.realignEverySteps > 1;
  const late = ['nearest', 'ordered-greedy'].includes(strategy.alignment.kind);
  return `def layer_loss(inputs: LayerLossInputs, state: LayerLossState) -> Tuple[LayerLossOutput, LayerLossState]:
    """The layer loss of one step, and what the next step needs of it.

    Raises InputError where the inputs do not fit together, NonFiniteError for NaN or infinite states.
    """
    redraw_index = ${redrawIndex(strategy.schedule)}
${selectedLayers(selection)}
${keeps ? alignedOrKept(strategy, scored, late) : alignedAnew(scored)}${late ? lateCheck(keeps) : ''}
    loss = ${reducedLoss(strategy.normalisation.reduction)}
    weights_kS = weights_kS.detach()
    output = LayerLossOutput(loss, drawn_layers, weights_kS, distances_kS, ${scored ? 'scores_kS' : 'None'}, ${keeps ? 'not kept' : 'True'})
    return output, LayerLossState(drawn_layers, redraw_index, ${keeps ? 'aligned_step' : 'inputs.step'}, weights_kS)`;
}

const lateCheck = (keeps: boolean) => `
    _check_finite(inputs, drawn_layers, ${keeps ? 'looked_at' : 'alive'}, weights_kS, total)`;

const selectedLayers = ({ call, constant }: EmittedSelection) =>
  constant
    ? `    drawn_layers = tuple(${call} if inputs.drawn_layers is None else inputs.drawn_layers)`
    : `    if inputs.drawn_layers is not None:
        drawn_layers = tuple(inputs.drawn_layers)
    elif redraw_index == state.redraw_index:
        drawn_layers = state.drawn_layers
    else:
        drawn_layers = ${call}`;

const results = (scored: boolean) => `total, weights_kS, distances_kS${scored ? ', scores_kS' : ''}`;

const alignedAnew = (scored: boolean) => `    alive = _survivors(inputs, drawn_layers)
    ${results(scored)} = _align(inputs, drawn_layers, alive)`;

const alignedOrKept = (
  { schedule }: ComposedStrategy,
  scored: boolean,
  late: boolean,
) => `    alive, kept_pairs = _survivors(inputs, drawn_layers, state.weights_kS)
    kept = (
        state.weights_kS is not None
        and drawn_layers == state.drawn_layers
        and inputs.step - state.aligned_step < ${pyInt(schedule.realignEverySteps, 'realignEverySteps')}
        and all(column in alive for _, column in kept_pairs)
    )
    if kept and state.weights_kS is not None:
        aligned_step, weights_kS = state.aligned_step, state.weights_kS
        total, distances_kS = _measure(inputs, drawn_layers, kept_pairs, weights_kS)${scored ? '\n        scores_kS = None' : ''}${late ? '\n        looked_at = [layer for _, layer in kept_pairs]' : ''}
    else:
        aligned_step = inputs.step
        ${results(scored)} = _align(inputs, drawn_layers, alive)${late ? '\n        looked_at = alive' : ''}`;

/** The redraw index of a step, a Python expression. */
function redrawIndex({ redraw }: Schedule): string {
  switch (redraw.kind) {
    case 'steps':
      return redraw.every === 1 ? 'inputs.step' : `inputs.step // ${pyInt(redraw.every, 'redraw.every')}`;
    case 'epoch':
      return '_given(inputs, "epoch", inputs.epoch)';
    case 'once':
      return '0';
    default:
      redraw satisfies never;
      throw new TypeError('unreachable redraw');
  }
}
