import { z } from 'zod';
import { plainParameters, type Vocabulary } from '../parameters.ts';

const wholeEpochs = z.int('Expected a whole number, which is all that upstream takes').min(0);
const common = plainParameters;

/** Parameters of a run of upstream's program; those with a name of layersweep's own mean what they mean there. */
export const cofiParameters = {
  preset: z.enum(['paper', 'paper-small', 'paper-large']),
  k: common.k,
  layer_reduction: common.layer_reduction,
  sparsity: z.number().positive('Expected a share above 0 (0.6 for 60%)').max(0.999, 'Expected a share below 1'),
  sparsity_epsilon: common.sparsity_epsilon,
  seed: common.seed,
  student_start: common.student_start,
  /** Of the pruning, the finetuning before it within, as upstream counts. */
  num_train_epochs: z.number().positive(),
  /** Upstream's other way to give the length of the pruning. */
  max_steps: z.int().min(1),
  prefinetune_epochs: wholeEpochs,
  sparsity_warmup_epochs: wholeEpochs,
  prune_learning_rate: common.prune_learning_rate,
  prune_schedule: common.prune_schedule,
  /** Of gate logits and Lagrange multipliers: upstream has one rate for both. */
  reg_learning_rate: common.gate_learning_rate,
  gate_temperature: common.gate_temperature,
  gates: common.gates,
  prediction_weight: common.prediction_weight,
  layer_weight: common.layer_weight,
  distillation_temperature: common.distillation_temperature,
  batch_size: common.batch_size,
  max_length: common.max_length,
  weight_decay: common.weight_decay,
  gradient_clip: common.gradient_clip,
  max_train_examples: common.max_train_examples,
  max_eval_examples: common.max_eval_examples,
  eval_every_steps: common.eval_every_steps,
  finetune_epochs: common.finetune_epochs,
  finetune_learning_rate: common.finetune_learning_rate,
  finetune_schedule: common.finetune_schedule,
  finetune_batch_size: common.finetune_batch_size,
} as const;

export type CofiParameterName = keyof typeof cofiParameters;
export type CofiParameters = { [Name in CofiParameterName]: z.infer<(typeof cofiParameters)[Name]> };

const oneSeed = 'seed: upstream has one for everything';
const oneRate = 'reg_learning_rate, one rate for gates and multipliers';
const length = 'num_train_epochs, the finetuning before pruning within, or max_steps';

export const cofiVocabulary: Vocabulary = {
  schemas: cofiParameters,
  page: 'docs/cofi-backend.md',
  otherTasks: {
    squad:
      'Upstream cannot be run on SQuAD: run_qa_prune.py imports CoFiQuestionAnsweringTrainer, and trainer_qa.py has no such class',
  },
  otherNames: {
    target_sparsity: 'sparsity',
    prune_epochs: length,
    prune_steps: length,
    epochs: length,
    prefinetune_steps: 'prefinetune_epochs, in whole epochs',
    prepruning_finetune_epochs: 'prefinetune_epochs',
    lagrangian_warmup_epochs: 'sparsity_warmup_epochs',
    sparsity_warmup_steps: 'sparsity_warmup_epochs, in whole epochs',
    sparsity_warmup_fraction: 'sparsity_warmup_epochs, in whole epochs',
    learning_rate: 'prune_learning_rate and finetune_learning_rate',
    scheduler_type: 'prune_schedule and finetune_schedule',
    gate_learning_rate: oneRate,
    multiplier_learning_rate: oneRate,
    temperature: 'gate_temperature',
    pruning_type: 'gates',
    distill_ce_loss_alpha: 'prediction_weight',
    distill_loss_alpha: 'layer_weight',
    distill_temp: 'distillation_temperature',
    layer_distill_version: 'strategy, with v2 to v6 or published/v3 to published/v6',
    per_device_train_batch_size: 'batch_size',
    max_seq_length: 'max_length',
    eval_steps: 'eval_every_steps',
    task_name: 'task',
    teacher_seed: oneSeed,
    init_seed: oneSeed,
    data_seed: oneSeed,
    gate_seed: oneSeed,
    draw_seed: oneSeed,
    distillation_path: 'the key `teacher` of the sweep file',
    model_name_or_path: 'the key `model` of the sweep file',
    pretrained_pruned_model: 'not to be set: the final finetuning starts from the pruning of the same run',
    calibrate: 'not there: upstream cannot calibrate',
    latch_target: 'not there: upstream always latches',
    best_from_zero: 'not there: upstream always starts at 0',
    best_never_saved: 'not there: the checkout saves its best or does not',
    single_logit_softmax: 'not there: upstream cannot train STS-B',
    precision: 'not there: upstream trains in float32',
    student_dropout: 'not there: upstream takes its model as it is',
    compile: 'not there: upstream does not compile',
    accumulation_steps: 'not there: upstream draws its gates anew for every part of an accumulated step',
    probe_every_steps: 'not there: upstream records no probes',
  },
};
