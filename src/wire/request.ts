import { z } from 'zod';
import {
  evaluateConfigSchema,
  finetuneConfigSchema,
  importanceConfigSchema,
  pruneConfigSchema,
  teacherConfigSchema,
} from './stage.ts';

export const wireVersion = 1;

/** Kept by every attempt of a stage, and part of its key: the promise of equal bits holds for these. */
export const numericsSchema = z.strictObject({
  device: z.enum(['cpu', 'cuda']),
  threads: z.int().min(1),
  precision: z.enum(['float32', 'bfloat16', 'float16', 'float64']),
});

const common = {
  schemaVersion: z.literal(wireVersion),
  key: z.string(),
  attempt: z.int().min(1),
  numerics: numericsSchema,
  /** The stage's own folder, absolute: result.json, model/, probes/, checkpoint/ go there. */
  stageDir: z.string(),
  /** This attempt's folder, absolute: events.jsonl goes there. */
  attemptDir: z.string(),
  /** Folders of finished input stages, absolute, by role. */
  inputs: z.record(z.string(), z.string()),
  /** Where the embedded sets lie, absolute; null where they are not set up. */
  embeddedDataDir: z.string().nullable(),
  heartbeatSeconds: z.number().positive(),
  checkpointEverySteps: z.int().min(1),
};

/** request.json: all that a stage process is told. */
export const requestSchema = z.discriminatedUnion('stage', [
  z.strictObject({ ...common, stage: z.literal('teacher'), config: teacherConfigSchema }),
  z.strictObject({ ...common, stage: z.literal('importance'), config: importanceConfigSchema }),
  z.strictObject({ ...common, stage: z.literal('prune'), config: pruneConfigSchema }),
  z.strictObject({ ...common, stage: z.literal('finetune'), config: finetuneConfigSchema }),
  z.strictObject({ ...common, stage: z.literal('evaluate'), config: evaluateConfigSchema }),
]);

export type StageRequest = z.infer<typeof requestSchema>;
export type Numerics = z.infer<typeof numericsSchema>;
