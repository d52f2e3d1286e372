import { z } from 'zod';
import { defectSchema } from './deviation.ts';
import { modelSchema } from './model.ts';
import { taskSchema } from './task.ts';
import { distillationSchema, durationSchema, sparsitySchema, trainingSchema } from './training.ts';

const seed = z.int().min(0);

/** Of upstream's trainer, to be reproduced. */
const defects = z.array(defectSchema).default([]);

export const teacherConfigSchema = z.strictObject({
  task: taskSchema,
  model: modelSchema,
  training: trainingSchema,
  seeds: z.strictObject({ initialisation: seed, dataOrder: seed }),
});

/** A strategy as Python sees it: the emitted module, or none. */
export const strategyModuleSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none'), rescalePrediction: z.boolean() }),
  z.strictObject({ kind: z.literal('module'), name: z.string(), file: z.string(), sha256: z.string() }),
]);

export const importanceMeasureSchema = z.enum(['probe-accuracy', 'cka-drop']);

export const importanceConfigSchema = z.strictObject({
  task: taskSchema,
  measure: importanceMeasureSchema,
  maxLength: z.int().min(2).max(512),
});

export const pruneConfigSchema = z.strictObject({
  task: taskSchema,
  model: modelSchema,
  studentStart: z.enum(['pretrained', 'teacher']),
  /** Probability of every dropout of the student, which the cut model keeps; null: those of its configuration. */
  studentDropout: z.number().min(0).lt(1).nullable().default(null),
  strategy: strategyModuleSchema,
  distillation: distillationSchema,
  training: trainingSchema,
  /** Distillation without gates before pruning begins; counted before `training.duration`. */
  prefinetune: durationSchema,
  sparsity: sparsitySchema,
  defects,
  /** A probe at the first step and every so many steps; null: none. */
  probeEverySteps: z.int().min(1).nullable(),
  seeds: z.strictObject({ initialisation: seed, dataOrder: seed, gateNoise: seed, layerDraws: seed }),
});

export const finetuneConfigSchema = z.strictObject({
  task: taskSchema,
  distillation: distillationSchema,
  strategy: strategyModuleSchema,
  training: trainingSchema,
  defects,
  seeds: z.strictObject({ initialisation: seed, dataOrder: seed, layerDraws: seed }),
});

export const evaluateConfigSchema = z.strictObject({
  task: taskSchema,
  maxLength: z.int().min(2).max(512),
  speed: z.strictObject({ batchSize: z.int().min(1), sequenceLength: z.int().min(2), rounds: z.int().min(1) }),
});

/**
 * What a stage does, and which earlier stages it reads.
 * teacher: no inputs. importance: teacher. prune: teacher. finetune: model (a prune stage), teacher.
 * prune and finetune: importance as well, where the strategy selects layers by task.
 * evaluate: model (a prune, finetune or teacher stage), teacher (the dense model that speed is held against).
 */
export const stageConfigSchema = z.discriminatedUnion('stage', [
  z.strictObject({ stage: z.literal('teacher'), config: teacherConfigSchema }),
  z.strictObject({ stage: z.literal('importance'), config: importanceConfigSchema }),
  z.strictObject({ stage: z.literal('prune'), config: pruneConfigSchema }),
  z.strictObject({ stage: z.literal('finetune'), config: finetuneConfigSchema }),
  z.strictObject({ stage: z.literal('evaluate'), config: evaluateConfigSchema }),
]);

export type StageConfig = z.infer<typeof stageConfigSchema>;
export type StageName = StageConfig['stage'];
