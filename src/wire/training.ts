import { z } from 'zod';

const positive = z.number().positive();
const nonNegative = z.number().min(0);

/** Length of a training phase: optimizer steps, or epochs over the training split. */
export const durationSchema = z.discriminatedUnion('unit', [
  z.strictObject({ unit: z.literal('steps'), count: z.int().min(0) }),
  z.strictObject({ unit: z.literal('epochs'), count: nonNegative }),
]);

export const trainingSchema = z.strictObject({
  duration: durationSchema,
  /** Examples of one optimizer step; divisible by accumulationSteps. */
  batchSize: z.int().min(1),
  accumulationSteps: z.int().min(1),
  learningRate: positive,
  learningRateSchedule: z.enum(['linear', 'constant']),
  warmupFraction: z.number().min(0).max(1),
  weightDecay: nonNegative,
  gradientClip: positive,
  maxLength: z.int().min(2).max(512),
  /** fixed: pad to maxLength, then cut to the longest of the batch; bucketed: group rows of like length first. */
  batching: z.enum(['shuffled', 'bucketed']),
  /** The best model on the choosing split is kept, looked at every so many steps; null: once, at the end. */
  evalEverySteps: z.int().min(1).nullable(),
  /** Steps are computed by what torch.compile makes of the models; scores are not. */
  compile: z.boolean().default(false),
});

/** Weights of the two distillation losses and the temperature T of softmax(logits / T). */
export const distillationSchema = z.strictObject({
  predictionWeight: nonNegative,
  layerWeight: nonNegative,
  temperature: positive,
});

export const sparsitySchema = z.strictObject({
  /** Share of prunable parameters to remove, 0 to 1. */
  target: z.number().min(0).max(1),
  /** A model within epsilon below the target counts as having reached it. */
  epsilon: nonNegative,
  warmup: durationSchema,
  /** Shift all gate logits after training until the deterministic sparsity meets the target. */
  calibrate: z.boolean(),
  gates: z.array(z.enum(['heads', 'intermediate', 'hidden', 'attention-layer', 'feed-forward-layer'])).min(1),
  gateLearningRate: positive,
  multiplierLearningRate: positive,
  /** Hard-concrete temperature (beta). */
  temperature: positive,
  /** Mean of the initial gate logits; intermediate gates have a mean of their own upstream. */
  initialLogit: z.number(),
  initialIntermediateLogit: z.number(),
  /** Once the target was reached, later models count even where their sparsity fell below it again. */
  latchTarget: z.boolean(),
});

export type TrainingConfig = z.infer<typeof trainingSchema>;
