import { z } from 'zod';
import { deviationSchema } from './deviation.ts';
import { importanceMeasureSchema } from './stage.ts';
import { splitSchema } from './task.ts';

const metrics = z.record(z.string(), z.number());

/** The three sparsities of cofi.md §1.3 that coexist, apart. */
const structureSchema = z.strictObject({
  /** From the deterministic gates over the prunable size: what "achieved sparsity" means everywhere. */
  sparsity: z.number(),
  /** From the gates' keep probabilities; null for a model without gates. */
  expectedSparsity: z.number().nullable(),
  /** From the cut model's real parameters, LayerNorm included. */
  parameterSparsity: z.number(),
  parameters: z.int(),
  hiddenSize: z.int(),
  headsPerLayer: z.array(z.int()),
  intermediatePerLayer: z.array(z.int()),
  /** 1 where the attention (feed-forward) sublayer is left. */
  attentionLayers: z.array(z.int()),
  feedForwardLayers: z.array(z.int()),
});

const provenanceSchema = z.strictObject({
  packages: z.record(z.string(), z.string()),
  device: z.string(),
  seconds: z.number(),
  steps: z.int(),
  peakMemoryBytes: z.int(),
});

/** What the stage did as upstream's trainer does; results of earlier versions do not say. */
const deviations = z.array(deviationSchema).default([]);

const common = { schemaVersion: z.literal(1), key: z.string(), provenance: provenanceSchema };

export const resultSchema = z.discriminatedUnion('stage', [
  z.strictObject({
    ...common,
    stage: z.literal('teacher'),
    selection: metrics,
    bestStep: z.int(),
    /** The task's metrics on the reporting rows: what is left of it is what pruned models are judged by. null: made before it was measured. */
    report: metrics.nullable().default(null),
  }),
  z.strictObject({
    ...common,
    stage: z.literal('importance'),
    measure: importanceMeasureSchema,
    /** Of every teacher layer, the lowest layer first. */
    importance: z.array(z.number()).min(1),
    /** Training rows that it was measured on. */
    rows: z.int().min(1),
  }),
  z.strictObject({
    ...common,
    stage: z.literal('prune'),
    selection: metrics,
    bestStep: z.int(),
    structure: structureSchema,
    target: z.enum(['reached', 'target-not-reached']),
    /** Sparsity before calibration, and the shift of all gate logits; null where it was off. */
    calibration: z.strictObject({ sparsityBefore: z.number(), logitShift: z.number() }).nullable(),
    deviations,
    stepsWithoutSurvivor: z.int(),
    /** Probe files, relative to the stage's folder. */
    probes: z.array(z.string()),
    /** File with every step's drawn layers and alignment, relative; null without a layer loss. */
    choices: z.string().nullable(),
  }),
  z.strictObject({
    ...common,
    stage: z.literal('finetune'),
    selection: metrics,
    bestStep: z.int(),
    structure: structureSchema,
    deviations,
  }),
  z.strictObject({
    ...common,
    stage: z.literal('evaluate'),
    split: splitSchema,
    /** The task's metrics on the reporting rows, as GLUE defines them, 0 to 1. */
    metrics,
    primaryMetric: z.string(),
    examples: z.int(),
    majorityClass: metrics,
    structure: structureSchema,
    speed: z.strictObject({
      batchSize: z.int(),
      sequenceLength: z.int(),
      denseSeconds: z.array(z.number()),
      cutSeconds: z.array(z.number()),
      speedup: z.number(),
    }),
    /** JSONL: id, logits, label of each reported example; relative to the stage's folder. */
    predictions: z.string(),
  }),
]);

export type StageResult = z.infer<typeof resultSchema>;
export type EvaluateResult = Extract<StageResult, { stage: 'evaluate' }>;
export type TeacherResult = Extract<StageResult, { stage: 'teacher' }>;
export type PruneResult = Extract<StageResult, { stage: 'prune' }>;
