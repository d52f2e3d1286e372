import { z } from 'zod';

const gradients = z.strictObject({ studentStates: z.string(), weight: z.string(), bias: z.string() });
const failure = z.strictObject({ error: z.enum(['ValueError', 'IndexError']), message: z.string() });

const stepSchema = z.union([
  failure,
  z.strictObject({
    loss: z.string(),
    drawnLayers: z.array(z.int()),
    weights: z.string(),
    distances: z.string(),
    scores: z.string().nullable(),
    realigned: z.boolean(),
    detached: z.boolean(),
    gradients,
    state: z.strictObject({
      drawnLayers: z.array(z.int()),
      redrawIndex: z.int(),
      alignedStep: z.int(),
      weights: z.string().nullable(),
    }),
    /** What the entry point for upstream's trainer made of the case's first step. */
    dropIn: z.union([failure, z.strictObject({ loss: z.string(), gradients })]).nullable(),
  }),
]);

/** What run_module.py prints for one case. */
export const answerSchema = z.strictObject({
  moduleSha256: z.string(),
  strategySha256: z.string(),
  needs: z.array(z.string()),
  globalState: z.string(),
  steps: z.array(stepSchema),
});

export type Answer = z.infer<typeof answerSchema>;
export type AnswerStep = Answer['steps'][number];
export type MadeStep = Exclude<AnswerStep, { error: string }>;
export type Gradients = z.infer<typeof gradients>;
