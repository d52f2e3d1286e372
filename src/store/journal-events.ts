import { z } from 'zod';

const at = { schemaVersion: z.literal(1), atMs: z.number() };
const stage = { key: z.string(), attempt: z.int().min(1) };

/** Why an attempt did not succeed; each kind has its policy in src/scheduler/policy.ts. */
export const failureKinds = [
  'exit',
  'signal',
  'killed',
  'timeout',
  'no-heartbeat',
  'out-of-memory',
  'non-finite',
  'bad-request',
  'bad-result',
  'preempted',
  'device-lost',
  'disk-full',
  'could-not-start',
] as const;
export type FailureKind = (typeof failureKinds)[number];

export const failureSchema = z.strictObject({
  kind: z.enum(failureKinds),
  message: z.string(),
  exitCode: z.int().nullable(),
});
export type Failure = z.infer<typeof failureSchema>;

/** How later attempts differ from the first: what an out-of-memory failure asks for. */
export const adjustmentSchema = z.strictObject({
  aloneOnDevice: z.boolean(),
  /** Factor on accumulationSteps, the batch of an optimizer step being kept. */
  accumulationFactor: z.int().min(1),
});
export type Adjustment = z.infer<typeof adjustmentSchema>;

/** One line of journal.jsonl: what this sweep decided and saw. */
export const journalEventSchema = z.discriminatedUnion('event', [
  z.strictObject({
    ...at,
    event: z.literal('opened'),
    pid: z.int(),
    host: z.string(),
  }),
  z.strictObject({ ...at, event: z.literal('closed'), reason: z.string() }),
  z.strictObject({
    ...at,
    event: z.literal('stage-started'),
    ...stage,
    devices: z.array(z.string()),
    adjustment: adjustmentSchema,
  }),
  z.strictObject({ ...at, event: z.literal('stage-adopted'), ...stage }),
  /** attempt 0: found finished, by another sweep or before. */
  z.strictObject({
    ...at,
    event: z.literal('stage-succeeded'),
    key: z.string(),
    attempt: z.int().min(0),
    seconds: z.number(),
    resultSha256: z.string(),
    resultBytes: z.int(),
    resultModifiedMs: z.number(),
  }),
  z.strictObject({
    ...at,
    event: z.literal('attempt-failed'),
    ...stage,
    failure: failureSchema,
    seconds: z.number(),
  }),
  z.strictObject({
    ...at,
    event: z.literal('stage-failed'),
    ...stage,
    failure: failureSchema,
  }),
  /** Ended because its sweep was ended: it starts again, from its checkpoint, with the next run. */
  z.strictObject({ ...at, event: z.literal('stage-ended'), ...stage }),
  /** Its files were truncated, edited or removed after it had succeeded. */
  z.strictObject({
    ...at,
    event: z.literal('stage-damaged'),
    key: z.string(),
    attempt: z.int().min(0).optional(),
    message: z.string(),
  }),
  z.strictObject({ ...at, event: z.literal('retry-asked'), key: z.string() }),
  /** The most of a GPU's memory that a stage of this kind took so far, or must be given after it ran out. */
  z.strictObject({ ...at, event: z.literal('memory-learned'), kind: z.string(), memoryMiB: z.number() }),
  z.strictObject({ ...at, event: z.literal('control'), command: z.string() }),
]);

export type JournalEvent = z.infer<typeof journalEventSchema>;
type Bare<T> = T extends JournalEvent ? Omit<T, 'atMs' | 'schemaVersion'> : never;
/** An event as its writer gives it: the journal adds time and version. */
export type JournalEntry = Bare<JournalEvent>;
