import { findTask } from '../../glue/tasks.ts';
import type { Strategy } from '../../strategy/specification/strategy.ts';
import type { Assignment } from '../expand.ts';
import { labelOf } from '../label.ts';
import { applyStrategy } from '../settings.ts';
import type { StrategyChoice } from '../sweep-file.ts';
import type { CofiParameters } from './parameters.ts';

type Values = Omit<CofiParameters, 'preset' | 'k' | 'layer_reduction' | 'max_steps' | 'num_train_epochs'> &
  Partial<Pick<CofiParameters, 'max_steps' | 'num_train_epochs'>>;
type Optional = 'max_train_examples' | 'max_eval_examples' | 'weight_decay' | 'gradient_clip';

/** All that determines a run of upstream's program, defaults filled in. */
export type CofiSettings = {
  readonly task: string;
  readonly label: string;
  readonly strategy: Strategy;
  readonly moduleName: string;
  readonly k: number | null;
  readonly values: Omit<Values, Optional> & Partial<Pick<Values, Optional>>;
};

/** run_CoFi.sh as it is, pre-finetuning within the epochs. */
const common = {
  sparsity: 0.95,
  sparsity_epsilon: 0,
  seed: 57,
  student_start: 'pretrained',
  prune_learning_rate: 2e-5,
  prune_schedule: 'linear',
  reg_learning_rate: 0.01,
  gate_temperature: 2 / 3,
  gates: ['heads', 'intermediate', 'hidden', 'attention-layer', 'feed-forward-layer'],
  prediction_weight: 0.1,
  layer_weight: 0.9,
  distillation_temperature: 2,
  batch_size: 32,
  max_length: 128,
  finetune_epochs: 20,
  finetune_learning_rate: 2e-5,
  finetune_schedule: 'constant',
  finetune_batch_size: 64,
} as const satisfies Partial<Values>;

const presets = {
  'paper-small': { num_train_epochs: 100, prefinetune_epochs: 4, sparsity_warmup_epochs: 20, eval_every_steps: 50 },
  'paper-large': { num_train_epochs: 20, prefinetune_epochs: 1, sparsity_warmup_epochs: 2, eval_every_steps: 500 },
} as const;

export function resolveCofiSettings(assignment: Assignment, kIsSwept: boolean): CofiSettings {
  const { task, strategy, preset, k, layer_reduction: reduction, ...rest } = assignment;
  const name = String(task?.value);
  const choice = strategy?.value as StrategyChoice;
  const asked = (preset?.value ?? 'paper') as CofiParameters['preset'];
  const own = asked === 'paper' ? (findTask(name)?.paperPreset ?? 'paper-small') : asked;
  const given = Object.fromEntries(Object.entries(rest).map(([key, { value }]) => [key, value]));
  const defaults: Partial<Values> = { ...common, ...presets[own] };
  if ('max_steps' in given) delete defaults.num_train_epochs;
  const shaped = applyStrategy(
    choice,
    k?.value as number | undefined,
    reduction?.value as CofiParameters['layer_reduction'] | undefined,
    kIsSwept,
  );
  const values = { ...defaults, ...given } as CofiSettings['values'];
  return { task: name, label: choice.label, values: { ...values, gates: [values.gates].flat() }, ...shaped };
}

/** The settings as tables and keys of runs show them. */
export function flattenCofi(
  { task, label, k, strategy, values }: CofiSettings,
  model: string,
): Record<string, string | number | boolean> {
  const skipped = [
    ...(strategy.kind === 'none' ? ['layer_weight'] : []),
    ...(values.finetune_epochs === 0 ? ['finetune_learning_rate', 'finetune_schedule', 'finetune_batch_size'] : []),
  ];
  return {
    task,
    strategy: label,
    ...(k === null ? {} : { k }),
    model,
    split: 'dev',
    ...Object.fromEntries(
      Object.entries(values)
        .filter(([name, value]) => value !== undefined && !skipped.includes(name))
        .map(([name, value]) => [name, labelOf(value)]),
    ),
  };
}

/** Optimizer steps of the pruning, the finetuning before it included; null where the task's size is not known. */
export function pruneSteps({ task, values }: CofiSettings): { total: number; perEpoch: number } | null {
  const rows = Math.min(findTask(task)?.trainRows ?? Number.NaN, values.max_train_examples ?? Number.POSITIVE_INFINITY);
  if (Number.isNaN(rows)) return null;
  const perEpoch = Math.ceil(rows / values.batch_size);
  return { total: values.max_steps ?? Math.floor(perEpoch * (values.num_train_epochs ?? 0)), perEpoch };
}
