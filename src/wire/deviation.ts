import { z } from 'zod';

/** Defects of upstream's trainer that a stage reproduces only when asked by name (docs/training.md). */
export const defectSchema = z.enum(['best-from-zero', 'best-never-saved', 'single-logit-softmax']);

export type Defect = z.infer<typeof defectSchema>;

/** Where a training did what upstream's does and the paper or sound practice does not: defects, and what other settings amount to. */
export const deviationSchema = z.enum([
  ...defectSchema.options,
  'prefinetune-100',
  'sparsity-latched',
  'intermediate-gates-half-open',
  'selected-on-reporting-set',
]);
