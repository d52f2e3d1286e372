import { z } from 'zod';

/**
 * On what models are chosen and on what they are reported.
 * dev: both on the dev set, as published. heldout-train: chosen on a tenth of the training set, reported on dev.
 * split-dev: chosen on one half of dev, reported on the other.
 * The embedded sets have three splits of their own and take `heldout-train` only.
 */
export const splitSchema = z.enum(['dev', 'heldout-train', 'split-dev']);

export const taskSchema = z.strictObject({
  /** Canonical task name: cola, sst2, mrpc, qqp, stsb, mnli, qnli, rte, movies, tweets, amazon, nyt. */
  name: z.string(),
  source: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('embedded') }),
    z.strictObject({ kind: z.literal('directory'), path: z.string() }),
    z.strictObject({ kind: z.literal('hub'), name: z.string(), commit: z.string().regex(/^[0-9a-f]{40}$/) }),
  ]),
  /** Hash over the data's bytes, so that changed data means other stages. */
  fingerprint: z.string(),
  split: splitSchema,
  /** Only the first so many training rows (after the split); null for all. */
  maxTrainExamples: z.int().min(1).nullable(),
  /** Only the first so many rows of each evaluation set; null for all. */
  maxEvalExamples: z.int().min(1).nullable(),
});

export type TaskConfig = z.infer<typeof taskSchema>;
