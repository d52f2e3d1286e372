import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { findTask } from '../glue/tasks.ts';
import type { RunSetting } from '../leaderboard/records.ts';
import type { ModelConfig } from '../wire/model.ts';
import type { StageConfig } from '../wire/stage.ts';
import type { TaskConfig } from '../wire/task.ts';
import type { TrainingConfig } from '../wire/training.ts';

type PruneConfig = Extract<StageConfig, { stage: 'prune' }>['config'];
type FinetuneConfig = Extract<StageConfig, { stage: 'finetune' }>['config'];

/** What readers of a table must know about how a run was trained. */
export function settingOf(prune: PruneConfig, finetune: FinetuneConfig | null): RunSetting {
  const { task, model } = prune;
  const reduction = reductionOf(task);
  const steps = [
    `pruned for ${lengthOf(prune.training)}`,
    ...(finetune === null ? [] : [`finetuned for ${lengthOf(finetune.training)}`]),
  ];
  return {
    model: modelLabel(model),
    comparableToReported: reduction === null && task.split === 'dev' && isBertBase(model) && isAsLong(prune),
    split: splitLabels[task.split],
    training: steps.join(', '),
    reduction,
  };
}

const splitLabels = {
  dev: 'models chosen and reported on the dev set (dev-best)',
  'heldout-train': 'models chosen on rows held out of the training set, reported on rows used for nothing else',
  'split-dev': 'models chosen on one half of the dev set, reported on the other',
} as const;

function lengthOf({ duration, batchSize }: TrainingConfig): string {
  const { unit, count } = duration;
  return `${count} ${count === 1 ? unit.slice(0, -1) : unit} of batch ${batchSize}`;
}

function reductionOf({ maxTrainExamples, maxEvalExamples }: TaskConfig): string | null {
  const parts = [
    ...(maxTrainExamples === null ? [] : [`first ${maxTrainExamples} training rows`]),
    ...(maxEvalExamples === null ? [] : [`first ${maxEvalExamples} rows of each evaluation set`]),
  ];
  return parts.length === 0 ? null : parts.join(', ');
}

function modelLabel(model: ModelConfig): string {
  switch (model.source) {
    case 'embedded':
      return `MiniLM, ${model.layers} layers${model.layers > 6 ? ' by stacking' : ''}`;
    case 'directory':
      return basename(model.path);
    case 'hub':
      return model.name;
    case 'random':
      return `random weights, ${model.layers} layers of ${model.hiddenSize}`;
  }
}

/** Epochs of pruning that the published models had after pre-finetuning (run_CoFi.sh, README). */
const publishedEpochs = { 'paper-small': 96, 'paper-large': 19 } as const;

/** Whether a run was pruned for as long as the published ones: a shortened one is held against no published score. */
function isAsLong({ task, training }: PruneConfig): boolean {
  const preset = findTask(task.name)?.paperPreset;
  return preset != null && training.duration.unit === 'epochs' && training.duration.count >= publishedEpochs[preset];
}

const bertBaseSchema = z.object({
  model_type: z.literal('bert'),
  num_hidden_layers: z.literal(12),
  hidden_size: z.literal(768),
  vocab_size: z.literal(30522),
});

/** bert-base-uncased, which the published numbers are of: by name, or by the shape in a directory's config. */
function isBertBase(model: ModelConfig): boolean {
  if (model.source === 'hub') return model.name.split('/').at(-1) === 'bert-base-uncased';
  if (model.source !== 'directory') return false;
  try {
    return bertBaseSchema.safeParse(JSON.parse(readFileSync(join(model.path, 'config.json'), 'utf8'))).success;
  } catch {
    return false;
  }
}
