import { z } from 'zod';

const at = { atMs: z.number(), schemaVersion: z.literal(1) };
const step = z.int().min(0);

/** One line of events.jsonl. Unknown events are an error: writer and reader are of one version. */
export const eventSchema = z.discriminatedUnion('event', [
  z.strictObject({ ...at, event: z.literal('started'), resumedFromStep: step.nullable() }),
  z.strictObject({ ...at, event: z.literal('heartbeat') }),
  z.strictObject({
    ...at,
    event: z.literal('progress'),
    phase: z.string(),
    step,
    totalSteps: step,
  }),
  /** Learning curve: losses, expected sparsity, scores on the choosing split, … by name. */
  z.strictObject({ ...at, event: z.literal('metrics'), step, values: z.record(z.string(), z.number().nullable()) }),
  /** What the layer loss chose at these steps: student layers by teacher layer, -1 where unmatched. */
  z.strictObject({
    ...at,
    event: z.literal('choices'),
    steps: z.array(step),
    drawnLayers: z.array(z.array(z.int())),
    /** For a hard alignment the matched student layer of each drawn layer; for a soft one the heaviest. */
    alignments: z.array(z.array(z.int())),
    stepsWithoutSurvivor: step,
  }),
  z.strictObject({ ...at, event: z.literal('checkpoint'), step }),
  z.strictObject({ ...at, event: z.literal('warning'), message: z.string() }),
  /** Why the stage ends other than done; the exit code says the kind. */
  z.strictObject({ ...at, event: z.literal('failed'), kind: z.string(), message: z.string(), step: step.nullable() }),
]);

export type StageEvent = z.infer<typeof eventSchema>;

/** Exit codes of a stage process; Python's table is generated from this one. */
export const exitCodes = {
  done: 0,
  internalError: 1,
  badRequest: 64,
  outOfMemory: 70,
  nonFiniteLoss: 71,
  deviceLost: 72,
  diskFull: 73,
  restartMe: 75,
} as const;
