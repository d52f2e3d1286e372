import type { Strategy } from '../../strategy/specification/strategy.ts';
import { numberedVersion } from '../../strategy/version.ts';
import type { CofiSettings } from './settings.ts';

/** Loss lines come this often, which is also how upstream counts in its log. */
export const loggingSteps = 100;

/** Arguments of run_glue_prune.py without those that name paths, in the order of run_CoFi.sh. */
export function pruneArguments(settings: CofiSettings): string[] {
  const { values } = settings;
  const length =
    values.max_steps === undefined
      ? ['--num_train_epochs', text(values.num_train_epochs ?? 0)]
      : ['--max_steps', text(values.max_steps)];
  return [
    ...commonArguments(settings),
    ...['--per_device_train_batch_size', text(values.batch_size)],
    ...['--learning_rate', text(values.prune_learning_rate)],
    ...length,
    ...['--scheduler_type', schedulerType(values.prune_schedule)],
    ...['--pruning_type', pruningType(values.gates)],
    ...['--reg_learning_rate', text(values.reg_learning_rate)],
    ...['--temperature', text(values.gate_temperature)],
    ...['--target_sparsity', text(values.sparsity)],
    ...['--sparsity_epsilon', text(values.sparsity_epsilon)],
    ...['--prepruning_finetune_epochs', text(values.prefinetune_epochs)],
    ...['--lagrangian_warmup_epochs', text(values.sparsity_warmup_epochs)],
  ];
}

/** The same program again, without gates: run_CoFi.sh's `FT after pruning`. */
export function finetuneArguments(settings: CofiSettings): string[] {
  const { values } = settings;
  return [
    ...commonArguments(settings),
    ...['--per_device_train_batch_size', text(values.finetune_batch_size)],
    ...['--learning_rate', text(values.finetune_learning_rate)],
    ...['--num_train_epochs', text(values.finetune_epochs)],
    ...['--scheduler_type', schedulerType(values.finetune_schedule)],
    ...['--pruning_type', 'None'],
  ];
}

function commonArguments({ task, label, strategy, values }: CofiSettings): string[] {
  return [
    ...['--task_name', task, '--ex_name', `${task}_${label.replaceAll('/', '-')}`],
    ...['--do_train', '--do_eval', '--overwrite_output_dir', '--disable_tqdm', 'True'],
    ...['--logging_steps', text(loggingSteps), '--save_steps', '0'],
    ...['--evaluation_strategy', 'steps', '--eval_steps', text(values.eval_every_steps)],
    ...['--max_seq_length', text(values.max_length), '--per_device_eval_batch_size', '32'],
    ...['--seed', text(values.seed), '--freeze_embeddings'],
    ...optional('--weight_decay', values.weight_decay),
    ...optional('--max_grad_norm', values.gradient_clip),
    ...optional('--max_train_samples', values.max_train_examples),
    ...optional('--max_eval_samples', values.max_eval_examples),
    ...distillation(strategy, label, values),
  ];
}

function distillation(strategy: Strategy, label: string, values: CofiSettings['values']): string[] {
  const temperature = ['--distill_temp', text(values.distillation_temperature)];
  if (strategy.kind === 'none') {
    const weight = strategy.rescalePrediction ? 1 : values.prediction_weight;
    return ['--do_distill', '--distill_ce_loss_alpha', text(weight), ...temperature];
  }
  return [
    ...['--do_distill', '--do_layer_distill', '--distill_ce_loss_alpha', text(values.prediction_weight)],
    ...['--distill_loss_alpha', text(values.layer_weight), ...temperature],
    // The patched method ignores the number; upstream's default, 1, would say something else in its log.
    ...['--layer_distill_version', text(numberedVersion(label) ?? 4)],
  ];
}

const units = { heads: 'structured_heads', intermediate: 'structured_mlp', hidden: 'hidden' } as const;

function pruningType(gates: CofiSettings['values']['gates']): string {
  const asked: readonly string[] = [gates].flat();
  const named = Object.entries(units).flatMap(([gate, unit]) => (asked.includes(gate) ? [unit] : []));
  return [...named, ...(asked.includes('attention-layer') ? ['layer'] : [])].join('+');
}

/** `none` keeps the rate constant. */
function schedulerType(schedule: 'linear' | 'constant'): string {
  return schedule === 'linear' ? 'linear' : 'none';
}

function optional(flag: string, value: number | undefined): string[] {
  return value === undefined ? [] : [flag, text(value)];
}

const text = (value: number): string => String(value);
