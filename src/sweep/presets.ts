import { findTask } from '../glue/tasks.ts';
import { durationGroups, type PlainParameters } from './parameters.ts';

export type PresetName = PlainParameters['preset'];
type Defaults = Partial<Omit<PlainParameters, 'preset'>>;

/** What every run takes unless its preset or its sweep file says otherwise. Loss weights and gates: CoFi's `args.py` and `run_CoFi.sh`. */
const common: Defaults = {
  seed: 1,
  sparsity: 0.6,
  student_start: 'pretrained',
  prefinetune_steps: 0,
  prefinetune_within: false,
  sparsity_epsilon: 0,
  calibrate: false,
  latch_target: false,
  best_from_zero: false,
  best_never_saved: false,
  single_logit_softmax: false,
  gates: ['heads', 'intermediate', 'hidden', 'attention-layer', 'feed-forward-layer'],
  gate_temperature: 2 / 3,
  initial_logit: 10,
  initial_intermediate_logit: 0,
  prediction_weight: 0.1,
  layer_weight: 0.9,
  distillation_temperature: 2,
  batch_size: 32,
  accumulation_steps: 1,
  batching: 'shuffled',
  weight_decay: 0,
  warmup_fraction: 0,
  gradient_clip: 1,
  precision: 'float32',
  compile: false,
  probe_every_steps: 100,
  speed_batch_size: 128,
  speed_sequence_length: 128,
  speed_rounds: 5,
};

/** As published: `run_FT.sh` for teachers, `run_CoFi.sh` and the README for the rest, BERT-base. */
const paper: Defaults = {
  teacher_epochs: 5,
  teacher_learning_rate: 2e-5,
  teacher_schedule: 'linear',
  prune_learning_rate: 2e-5,
  prune_schedule: 'linear',
  finetune_epochs: 20,
  finetune_learning_rate: 2e-5,
  finetune_schedule: 'constant',
  finetune_batch_size: 64,
  latch_target: true,
  gate_learning_rate: 0.01,
  multiplier_learning_rate: 0.01,
  max_length: 128,
};

/**
 * For the embedded model: two cores reach the sparsities asked for in a few epochs. Intermediate gates start as open as the
 * others: at upstream's 0 a gate lets half through, so a student that starts as its teacher would first have to recover.
 */
const embedded: Defaults = {
  initial_intermediate_logit: 10,
  teacher_epochs: 2,
  teacher_learning_rate: 5e-5,
  teacher_schedule: 'constant',
  student_start: 'teacher',
  prune_epochs: 3,
  prune_learning_rate: 5e-5,
  prune_schedule: 'constant',
  sparsity_warmup_fraction: 0.5,
  calibrate: true,
  finetune_epochs: 1,
  finetune_learning_rate: 5e-5,
  finetune_schedule: 'constant',
  finetune_batch_size: 32,
  max_length: 64,
  speed_batch_size: 32,
  speed_sequence_length: 64,
};

const presets: Readonly<Record<Exclude<PresetName, 'paper'>, Defaults>> = {
  'paper-small': {
    ...paper,
    prefinetune_epochs: 4,
    prefinetune_within: true,
    prune_epochs: 100,
    sparsity_warmup_epochs: 20,
    eval_every_steps: 50,
    speed_rounds: 20,
  },
  'paper-large': {
    ...paper,
    prefinetune_epochs: 1,
    prefinetune_within: true,
    prune_epochs: 20,
    sparsity_warmup_epochs: 2,
    eval_every_steps: 500,
  },
  'embedded-6': { ...embedded, gate_learning_rate: 0.05, multiplier_learning_rate: 0.01 },
  'embedded-12': { ...embedded, gate_learning_rate: 0.1, multiplier_learning_rate: 0.05 },
  tiny: {
    ...embedded,
    initial_intermediate_logit: 0,
    teacher_epochs: 0.5,
    prune_steps: 40,
    finetune_steps: 4,
    gate_learning_rate: 0.3,
    multiplier_learning_rate: 0.02,
    batch_size: 8,
    finetune_batch_size: 8,
    max_length: 16,
    max_train_examples: 64,
    max_eval_examples: 32,
    probe_every_steps: 5,
    speed_batch_size: 4,
    speed_sequence_length: 16,
    speed_rounds: 1,
  },
};

/** The defaults of a preset for a task, or why there are none. `paper` is paper-small or paper-large, by task. */
export function presetDefaults(
  preset: PresetName,
  task: string,
): { readonly defaults: Defaults } | { readonly problem: string } {
  const own = findTask(task)?.paperPreset ?? null;
  if (preset.startsWith('paper') && own === null) {
    return { problem: `Preset "${preset}" has no settings for task "${task}": take embedded-6 or embedded-12` };
  }
  const name = preset === 'paper' ? (own ?? 'paper-small') : preset;
  return { defaults: complete[name] };
}

/** Later settings win, and a length in one unit replaces the same length in another. */
export function mergeDefaults<T extends Defaults>(base: Defaults, over: T): Defaults {
  const merged: Record<string, unknown> = { ...base };
  for (const name of Object.keys(over)) {
    for (const other of otherUnits.get(name) ?? []) delete merged[other];
    merged[name] = over[name as keyof T];
  }
  return merged as Defaults;
}

const otherUnits: ReadonlyMap<string, readonly string[]> = new Map(
  durationGroups.flatMap((group) => group.map((name) => [name, group.filter((other) => other !== name)] as const)),
);

const complete = Object.fromEntries(
  Object.entries(presets).map(([name, own]) => [name, mergeDefaults(common, own)]),
) as Readonly<Record<keyof typeof presets, Defaults>>;
