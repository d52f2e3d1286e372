import { z } from 'zod';
import { alignmentSchema } from './alignment.ts';
import { selectionSchema } from './selection.ts';
import { normalisationSchema, scheduleSchema, survivorsSchema } from './terms.ts';

/**
 * What the published code does beside its documented intent; each reproduced by name.
 * Source: princeton-nlp/CoFiPruning at da855a8, `trainer/trainer.py`, versions 3 to 6.
 */
export const quirks = [
  'depth-12-only',
  'gradient-graph-of-all-pairs',
  'nearest-among-pruned-layers',
  'mask-in-rank-order',
  'head-gate-only',
  'unmatched-repeats-last',
  'first-layer-floor-2',
  'global-random-every-step',
  'unstable-sort',
] as const;
export type Quirk = (typeof quirks)[number];

const noneSchema = z.strictObject({
  kind: z.literal('none'),
  /** true: the prediction loss takes the weight 1 that the absent layer loss leaves free. */
  rescalePrediction: z.boolean(),
});

const publishedSchema = z.strictObject({
  kind: z.literal('published'),
  version: z.union([z.literal(3), z.literal(4), z.literal(5), z.literal(6)]),
  quirks: z.array(z.enum(quirks)),
});

const composedSchema = z.strictObject({
  kind: z.literal('composed'),
  selection: selectionSchema,
  alignment: alignmentSchema,
  survivors: survivorsSchema,
  normalisation: normalisationSchema,
  schedule: scheduleSchema,
});

export const strategySchema = z.discriminatedUnion('kind', [noneSchema, publishedSchema, composedSchema]);

export type Strategy = z.infer<typeof strategySchema>;
export type ComposedStrategy = z.infer<typeof composedSchema>;
export type PublishedStrategy = z.infer<typeof publishedSchema>;
