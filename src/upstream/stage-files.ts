import { z } from 'zod';

/** Whose program made a result, and with what. */
const provenanceSchema = z.strictObject({
  /** Commit of the checkout, and whether it was changed. */
  checkout: z.string(),
  packages: z.record(z.string(), z.string()),
  device: z.string(),
});
export type CofiProvenance = z.infer<typeof provenanceSchema>;

const common = {
  schemaVersion: z.literal(1),
  key: z.string(),
  attempt: z.int(),
  /** What the key is the hash of. */
  material: z.record(z.string(), z.unknown()),
  stageDir: z.string(),
  attemptDir: z.string(),
};

const training = {
  ...common,
  /** Folder of the patched sources, where the program runs. */
  sources: z.string(),
  python: z.string(),
  /** All of them, paths included. */
  arguments: z.array(z.string()),
  task: z.string(),
  primaryMetric: z.string(),
  loggingSteps: z.int(),
  drawnLayers: z.array(z.int()).nullable(),
};

/** request.json of the stages that run upstream's program, or read what it left. */
export const cofiRequestSchema = z.discriminatedUnion('stage', [
  z.strictObject({ ...training, stage: z.literal('cofi-prune') }),
  /** Another folder than the pruning's: its own arguments, its own log. */
  z.strictObject({ ...training, stage: z.literal('cofi-finetune'), pruneDir: z.string() }),
  z.strictObject({
    ...common,
    stage: z.literal('cofi-evaluate'),
    /** The project's, which reads zs.pt. */
    python: z.string(),
    pythonPath: z.string(),
    provenance: provenanceSchema,
    isPublished: z.boolean(),
    primaryMetric: z.string(),
    pruneDir: z.string(),
    finetuneDir: z.string().nullable(),
  }),
]);
export type CofiRequest = z.infer<typeof cofiRequestSchema>;
export type TrainingRequest = Extract<CofiRequest, { stage: 'cofi-prune' | 'cofi-finetune' }>;
export type EvaluateRequest = Extract<CofiRequest, { stage: 'cofi-evaluate' }>;

const metrics = z.record(z.string(), z.number());
const resultCommon = { schemaVersion: z.literal(1), key: z.string(), attempt: z.int(), seconds: z.number() };

const trained = {
  ...resultCommon,
  /** The model that counts, relative to the stage's folder: `best` where one was saved, else the last. */
  model: z.enum(['model/best', 'model']),
  /** At the evaluation that the model was saved at. */
  metrics,
  step: z.int(),
  steps: z.int(),
};

const structureSchema = z.strictObject({
  sparsity: z.number(),
  expectedSparsity: z.number().nullable(),
  parameterSparsity: z.number(),
  parameters: z.int(),
  hiddenSize: z.int(),
  headsPerLayer: z.array(z.int()),
  intermediatePerLayer: z.array(z.int()),
  attentionLayers: z.array(z.int()),
  feedForwardLayers: z.array(z.int()),
});

/** result.json of these stages. */
export const cofiResultSchema = z.discriminatedUnion('stage', [
  z.strictObject({
    ...trained,
    stage: z.literal('cofi-prune'),
    target: z.enum(['reached', 'target-not-reached']),
    /** Logged alignments with the layers that they belong to; null where these are not known. */
    choices: z.string().nullable(),
  }),
  z.strictObject({ ...trained, stage: z.literal('cofi-finetune') }),
  z.strictObject({
    ...resultCommon,
    stage: z.literal('cofi-evaluate'),
    split: z.literal('dev'),
    metrics,
    primaryMetric: z.string(),
    examples: z.int().nullable(),
    target: z.enum(['reached', 'target-not-reached']),
    structure: structureSchema,
    /** Published defects that hit this run, by their names in docs/diagnose.md. */
    quirks: z.array(z.string()),
    provenance: provenanceSchema,
    /** Over all stages of the run. */
    trainingSeconds: z.number(),
    steps: z.int(),
  }),
]);
export type CofiResult = z.infer<typeof cofiResultSchema>;
export type TrainingResult = Extract<CofiResult, { stage: 'cofi-prune' | 'cofi-finetune' }>;

export const modelFolder = 'model';
export const bestFolder = 'model/best';
export const logFile = 'model/log.txt';
export const choicesFile = 'choices.jsonl';
