import { z } from 'zod';
import { snapshotSchema } from '../scheduler/snapshot.ts';
import { identitySchema } from '../store/identity.ts';
import { failureSchema } from '../store/journal-events.ts';

/** What a verb that ran a sweep says of its end. */
const ended = z.strictObject({
  name: z.string(),
  exitCode: z.int(),
  succeeded: z.int(),
  failed: z.array(
    z.strictObject({ key: z.string(), label: z.string(), dir: z.string(), attempt: z.int(), failure: failureSchema }),
  ),
  blocked: z.array(z.strictObject({ key: z.string(), label: z.string(), by: z.string() })),
  unfinished: z.int(),
  stopReason: z.string().optional(),
  detached: z.boolean(),
  disagreeing: z.array(z.string()),
});

const told = z.strictObject({ sweep: z.string(), taken: z.boolean() });
const stageState = z.enum(['finished', 'failed', 'running', 'waiting']);
const kindCost = z.strictObject({
  kind: z.string(),
  total: z.int(),
  finished: z.int(),
  meanSeconds: z.number().optional(),
});

/** What each verb that acts on sweeps prints with --json; docs/running.md shows one example of each. */
export const jsonShapes = {
  run: ended,
  retry: z.union([ended, told.extend({ stages: z.array(z.string()) })]),
  plan: z.strictObject({
    name: z.string(),
    runs: z.int(),
    kinds: z.array(kindCost),
    missing: z.array(z.string()),
    deviceSeconds: z.number().optional(),
    diskBytes: z.number().optional(),
    foresight: z.array(z.string()),
  }),
  status: z.strictObject({
    name: z.string(),
    holder: identitySchema.optional(),
    stages: z.array(
      z.strictObject({
        key: z.string(),
        label: z.string(),
        state: stageState,
        attempts: z.int(),
        seconds: z.number().optional(),
        message: z.string().optional(),
        waitsFor: z.string().optional(),
      }),
    ),
    snapshot: snapshotSchema.optional(),
    timeLeft: z
      .strictObject({ seconds: z.number(), low: z.number(), high: z.number(), byOthers: z.array(z.string()) })
      .optional(),
  }),
  logs: z.array(
    z.strictObject({
      label: z.string(),
      attempt: z.int(),
      ...{ dir: z.string(), request: z.string(), events: z.string(), stdout: z.string(), stderr: z.string() },
      ...{ exit: z.string(), provenance: z.string() },
    }),
  ),
  stop: told,
  cancel: z.union([
    told,
    told.extend({
      ended: z.int(),
      elsewhere: z.array(z.strictObject({ key: z.string(), host: z.string() })),
    }),
  ]),
  'why-rerun': z.array(
    z.strictObject({
      label: z.string(),
      key: z.string(),
      nearest: z.string().optional(),
      differences: z.array(
        z.strictObject({ field: z.string(), before: z.unknown().optional(), after: z.unknown().optional() }),
      ),
    }),
  ),
  gc: z.strictObject({
    garbage: z.array(z.strictObject({ path: z.string(), bytes: z.number() })),
    bytes: z.number(),
    removed: z.boolean(),
  }),
  repair: z.union([
    z.strictObject({ sweep: z.string(), kept: z.int(), setAside: z.int(), aside: z.string() }),
    z.strictObject({
      sweep: z.string(),
      host: z.string(),
      sweepReleased: z.boolean(),
      stagesReleased: z.array(z.string()),
    }),
  ]),
};

type Written<T> = T extends readonly (infer Item)[]
  ? readonly Written<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Written<T[Key]> }
    : T;

/** The one JSON value that a verb prints on standard output; the compiler holds it against the verb's shape. */
export function printJson<Verb extends keyof typeof jsonShapes>(
  _verb: Verb,
  value: Written<z.input<(typeof jsonShapes)[Verb]>>,
): void {
  console.log(JSON.stringify(value));
}
