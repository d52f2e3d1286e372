import { strategyNeeds } from '../needs.ts';
import type { ComposedStrategy } from '../specification/strategy.ts';
import { emitAlignment } from './alignment.ts';
import { emitCheck } from './check.ts';
import { emitDistance, emitShare } from './distance.ts';
import { emitDropIn } from './drop-in.ts';
import { UnsupportedStrategyError } from './errors.ts';
import { withHelpers } from './helpers.ts';
import { emitLayerLoss } from './layer-loss.ts';
import { reductionDoc } from './reduction.ts';
import { emitSelection } from './selection.ts';
import { emitSurvivors } from './survivors.ts';

/** Description and code of a composed strategy. `version`: the number in its log line, or null for none. */
export function emitComposed(strategy: ComposedStrategy, version: number | null): { doc: string; body: string } {
  const { normalisation, schedule } = strategy;
  refuseContradictions(strategy);
  const selection = emitSelection(strategy.selection);
  const survivors = emitSurvivors(strategy.survivors);
  const alignment = emitAlignment(strategy.alignment);
  const distance = emitDistance(normalisation);
  const races = alignment.code.includes('_race(');
  const doc = `Teacher: ${selection.doc}${scheduleDoc(strategy, selection.constant)}
Student, of ${survivors.doc}:
${alignment.doc}.
Distance: ${distance.doc}.
Loss: ${reductionDoc(normalisation.reduction)}.${races ? raceDoc : ''}`;
  const body = withHelpers(
    [
      errors,
      emitLayerLoss(strategy, selection),
      emitDropIn(strategyNeeds(strategy), version),
      selection.code,
      emitCheck(schedule.realignEverySteps > 1, races),
      survivors.code,
      alignment.code,
      distance.code,
      ...(races ? [emitShare(normalisation)] : []),
    ].join('\n\n\n'),
  );
  return { doc, body: body.includes('Given') ? `Given = TypeVar("Given")\n\n\n${body}` : body };
}

function refuseContradictions({ alignment, schedule: { redraw, realignEverySteps } }: ComposedStrategy): void {
  if (redraw.kind === 'steps' && realignEverySteps > redraw.every) {
    throw new UnsupportedStrategyError(
      `Expected realignEverySteps to be at most ${redraw.every}, as new layers are drawn every ${redraw.every} steps; got ${realignEverySteps}`,
    );
  }
  if ('gradientThroughWeights' in alignment && alignment.gradientThroughWeights && realignEverySteps > 1) {
    throw new UnsupportedStrategyError(
      `Expected realignEverySteps 1 where gradient flows through the weights; got ${realignEverySteps}`,
    );
  }
}

function scheduleDoc({ schedule: { redraw, realignEverySteps } }: ComposedStrategy, constant: boolean): string {
  const drawn = { steps: 'every step', epoch: 'every epoch', once: 'once' }[redraw.kind];
  const redrawn = redraw.kind === 'steps' && redraw.every > 1 ? `every ${redraw.every} steps` : drawn;
  return [
    constant ? '' : `\nSelected ${redrawn}.`,
    realignEverySteps > 1
      ? `\nAligned anew every ${realignEverySteps} steps, or when the alignment no longer fits.`
      : '',
  ].join('');
}

const raceDoc = `
Search on a CPU: the likeliest student layer first, the others by part of the batch, as
much as shows them to be farther. It chooses as if all distances were known.`;

const errors = `class InputError(ValueError):
    """What the layer loss was given does not fit together, or is missing."""


class NonFiniteError(ValueError):
    """States that hold NaN or infinity."""`;
