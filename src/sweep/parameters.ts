import { z } from 'zod';

const positiveInteger = z.int().min(1);
const nonNegativeInteger = z.int().min(0);
const nonNegative = z.number().min(0);
const positive = z.number().positive();
const share = z.number().min(0).max(1);
const rate = positive.max(100);
const schedule = z.enum(['linear', 'constant']);

export const gateNames = ['heads', 'intermediate', 'hidden', 'attention-layer', 'feed-forward-layer'] as const;
export const presetNames = ['paper', 'paper-small', 'paper-large', 'embedded-6', 'embedded-12', 'tiny'] as const;

/**
 * Every parameter of a run that is a plain value, as sweep files spell it. `task` and `strategy` are read apart.
 * The values here are what a user may write; what each defaults to is in the presets.
 */
export const plainParameters = {
  preset: z.enum(presetNames),
  /** Number of teacher layers that the strategy selects. */
  k: z.int().min(1).max(64),
  /** How the strategy's pairs add up; default: its own, or fixed-total where k is swept. */
  layer_reduction: z.enum(['sum', 'mean', 'fixed-total']),
  /** Share of prunable parameters to remove. */
  sparsity: z.number().min(0).lt(1, 'Expected a share below 1 (0.6 for 60%)'),

  seed: nonNegativeInteger,
  teacher_seed: nonNegativeInteger,
  init_seed: nonNegativeInteger,
  data_seed: nonNegativeInteger,
  gate_seed: nonNegativeInteger,
  draw_seed: nonNegativeInteger,

  /** 0: the teacher is a finetuned model already, and stays as it is. */
  teacher_epochs: nonNegative,
  teacher_steps: nonNegativeInteger,
  teacher_learning_rate: rate,
  teacher_schedule: schedule,
  student_start: z.enum(['pretrained', 'teacher']),
  student_dropout: z.number().min(0).lt(1, 'Expected a probability below 1'),
  prefinetune_epochs: nonNegative,
  prefinetune_steps: nonNegativeInteger,
  /** Whether the pruning's length contains it, as upstream counts. */
  prefinetune_within: z.boolean(),
  prune_epochs: positive,
  prune_steps: positiveInteger,
  prune_learning_rate: rate,
  prune_schedule: schedule,
  /** 0: no final finetuning. */
  finetune_epochs: nonNegative,
  finetune_steps: nonNegativeInteger,
  finetune_learning_rate: rate,
  finetune_schedule: schedule,
  finetune_batch_size: positiveInteger,

  sparsity_warmup_epochs: nonNegative,
  sparsity_warmup_steps: nonNegativeInteger,
  /** Share of the pruning steps. */
  sparsity_warmup_fraction: share,
  sparsity_epsilon: share,
  calibrate: z.boolean(),
  latch_target: z.boolean(),
  /** Upstream's defects, by name (src/sweep/defects.ts). */
  best_from_zero: z.boolean(),
  best_never_saved: z.boolean(),
  single_logit_softmax: z.boolean(),
  gates: z.union([z.enum(gateNames), z.array(z.enum(gateNames)).min(1)]),
  gate_learning_rate: rate,
  multiplier_learning_rate: rate,
  gate_temperature: positive,
  initial_logit: z.number(),
  initial_intermediate_logit: z.number(),

  prediction_weight: nonNegative,
  layer_weight: nonNegative,
  distillation_temperature: positive,

  batch_size: positiveInteger,
  accumulation_steps: positiveInteger,
  max_length: z.int().min(2).max(512),
  batching: z.enum(['shuffled', 'bucketed']),
  weight_decay: nonNegative,
  warmup_fraction: share,
  gradient_clip: positive,
  max_train_examples: positiveInteger,
  max_eval_examples: positiveInteger,
  eval_every_steps: positiveInteger,
  /** 0: no probes. */
  probe_every_steps: nonNegativeInteger,
  /** torch.compile in every training phase. */
  compile: z.boolean(),
  precision: z.enum(['float32', 'bfloat16', 'float16', 'float64']),
  speed_batch_size: positiveInteger,
  speed_sequence_length: z.int().min(2).max(512),
  speed_rounds: positiveInteger,
} as const;

export type PlainParameterName = keyof typeof plainParameters;
export type PlainParameters = { [Name in PlainParameterName]: z.infer<(typeof plainParameters)[Name]> };

/** Lengths of the same phase in different units: one at most may be given. */
export const durationGroups: readonly (readonly PlainParameterName[])[] = [
  ['teacher_epochs', 'teacher_steps'],
  ['prefinetune_epochs', 'prefinetune_steps'],
  ['prune_epochs', 'prune_steps'],
  ['finetune_epochs', 'finetune_steps'],
  ['sparsity_warmup_epochs', 'sparsity_warmup_steps', 'sparsity_warmup_fraction'],
];

/** Names that other tools use, and what there is here instead. */
const otherNames: Readonly<Record<string, string>> = {
  learning_rate: 'teacher_learning_rate, prune_learning_rate and finetune_learning_rate',
  lr: 'teacher_learning_rate, prune_learning_rate and finetune_learning_rate',
  epochs: 'teacher_epochs, prune_epochs and finetune_epochs',
  num_train_epochs: 'teacher_epochs, prune_epochs and finetune_epochs',
  steps: 'teacher_steps, prune_steps and finetune_steps',
  target_sparsity: 'sparsity',
  layer_distill_version: 'strategy, with v2 to v6 or published/v3 to published/v6',
  reg_learning_rate: 'gate_learning_rate and multiplier_learning_rate',
  distill_ce_loss_alpha: 'prediction_weight',
  distill_loss_alpha: 'layer_weight',
  distill_temp: 'distillation_temperature',
};

/** Seeds that follow `seed` unless given. */
export const followingSeeds = ['teacher_seed', 'init_seed', 'data_seed', 'gate_seed', 'draw_seed'] as const;

/** What a backend's parameters are called, and what each may be; `task` and `strategy` are read apart. */
export type Vocabulary = {
  readonly schemas: Readonly<Record<string, z.ZodType>>;
  /** Names that people may try, and what there is instead. */
  readonly otherNames: Readonly<Record<string, string>>;
  /** Tasks that people may try, and why there is none here. */
  readonly otherTasks: Readonly<Record<string, string>>;
  /** The page that lists them. */
  readonly page: string;
};

const mismatched =
  'MNLI has one model for both of its dev sets: take task mnli, whose results have accuracy_mismatched beside accuracy';

export const builtinVocabulary: Vocabulary = {
  schemas: plainParameters,
  otherNames,
  otherTasks: {
    'mnli-mm': mismatched,
    mnli_mm: mismatched,
    'mnli-mismatched': mismatched,
    mnli_mismatched: mismatched,
  },
  page: 'docs/sweep-files.md',
};

export function namesOf({ schemas }: Vocabulary): string[] {
  return ['task', 'strategy', ...Object.keys(schemas)];
}

/** Whether the parameter is a number, so that a range of it can be given. */
export function isNumeric({ schemas }: Vocabulary, name: string): boolean {
  return schemas[name] instanceof z.ZodNumber;
}

/** Whether only whole numbers are allowed. */
export function isWhole(vocabulary: Vocabulary, name: string): boolean {
  const schema = vocabulary.schemas[name];
  return isNumeric(vocabulary, name) && !schema?.safeParse(0.5).success && !schema?.safeParse(1.5).success;
}
