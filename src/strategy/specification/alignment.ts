import { z } from 'zod';

/** What happens to a teacher layer for which no candidate student layer is left. */
const fallback = z.enum(['drop', 'repeat']);
const temperature = z.number().positive();
/** Whether gradient flows through soft weights as well as through the distances they multiply. */
const gradientThroughWeights = z.boolean();

/** How selected teacher layers are matched to student layers; always yields a weight matrix [k, S]. */
export const alignmentSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('identity') }),
  z.strictObject({ kind: z.literal('nearest') }),
  z.strictObject({ kind: z.literal('ordered-greedy'), from: z.enum(['top', 'bottom']), fallback }),
  z.strictObject({ kind: z.literal('monotone'), repeats: z.boolean() }),
  z.strictObject({ kind: z.literal('one-to-one') }),
  z.strictObject({ kind: z.literal('attention'), temperature, gradientThroughWeights }),
  z.strictObject({ kind: z.literal('student-to-teacher') }),
  z.strictObject({ kind: z.literal('nearest-surviving') }),
  z.strictObject({ kind: z.literal('reverse') }),
  z.strictObject({ kind: z.literal('all-to-one') }),
  z.strictObject({
    kind: z.literal('sinkhorn'),
    regularisation: z.number().positive(),
    iterations: z.int().min(1).max(1000),
    gradientThroughWeights,
  }),
]);

export type Alignment = z.infer<typeof alignmentSchema>;
