import { findTask } from '../glue/tasks.ts';
import type { StageConfig } from '../wire/stage.ts';
import type { PlainParameters } from './parameters.ts';
import type { SweepFile } from './sweep-file.ts';

type Values = Partial<
  Pick<
    PlainParameters,
    | 'batch_size'
    | 'max_train_examples'
    | 'prefinetune_epochs'
    | 'prefinetune_steps'
    | 'prefinetune_within'
    | 'prune_epochs'
    | 'prune_steps'
  >
>;
type Duration = Extract<StageConfig, { stage: 'prune' }>['config']['prefinetune'];

/** How long a run prunes: what the distillation before it leaves, where it counts within; or why that is not known. */
export function pruneLength(
  values: Values,
  task: string,
  split: SweepFile['data']['split'],
): { readonly length: Duration } | { readonly problem: string } {
  const whole = durationOf(values.prune_epochs, values.prune_steps);
  const before = durationOf(values.prefinetune_epochs, values.prefinetune_steps);
  if (values.prefinetune_within !== true || before.count === 0) return { length: whole };
  const perEpoch = whole.unit === before.unit ? 1 : stepsPerEpoch(values, task, split);
  if (perEpoch === undefined) {
    const problem = `Expected prefinetune_${whole.unit}, in the unit of the pruning: how many steps an epoch of ${task} has on split ${split} is not known beforehand. Or prefinetune_within: false, to have it come on top`;
    return { problem };
  }
  const taken = whole.unit === 'steps' ? Math.ceil(before.count * perEpoch) : before.count / perEpoch;
  if (taken >= whole.count) {
    const problem = `Expected a prefinetuning shorter than the ${whole.count} ${whole.unit} that it is part of (prefinetune_within), got ${before.count} ${before.unit}`;
    return { problem };
  }
  return { length: { unit: whole.unit, count: whole.count - taken } };
}

/** On the whole training set, whose size is known: what is held out of it is decided row by row. */
function stepsPerEpoch(values: Values, task: string, split: SweepFile['data']['split']): number | undefined {
  const rows = findTask(task)?.trainRows ?? null;
  if (rows === null || split === 'heldout-train') return undefined;
  return Math.ceil(Math.min(rows, values.max_train_examples ?? rows) / (values.batch_size ?? 1));
}

function durationOf(epochs: number | undefined, steps: number | undefined): Duration {
  return epochs === undefined ? { unit: 'steps', count: steps ?? 0 } : { unit: 'epochs', count: epochs };
}
