import { z } from 'zod';

/** Student layers that may be matched: by the attention sublayer's gate, the feed-forward one's, either, or all. */
export const survivorsSchema = z.enum(['all', 'head', 'mlp', 'head-or-mlp']);

export const normalisationSchema = z.strictObject({
  /** sum over matched pairs; mean over them; or the mean times a fixed total weight. */
  reduction: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('sum') }),
    z.strictObject({ kind: z.literal('mean') }),
    z.strictObject({ kind: z.literal('fixed-total'), weight: z.number().positive() }),
  ]),
  distance: z.enum(['mse', 'cosine', 'l2-normalised']),
  padding: z.enum(['counted', 'masked']),
});

export const scheduleSchema = z.strictObject({
  redraw: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('steps'), every: z.int().min(1) }),
    z.strictObject({ kind: z.literal('epoch') }),
    z.strictObject({ kind: z.literal('once') }),
  ]),
  /** The alignment is computed anew every so many steps, and at once when it no longer fits. */
  realignEverySteps: z.int().min(1),
});

export type Survivors = z.infer<typeof survivorsSchema>;
export type Normalisation = z.infer<typeof normalisationSchema>;
export type Schedule = z.infer<typeof scheduleSchema>;
