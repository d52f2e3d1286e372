import { z } from 'zod';
import { splitSchema } from '../wire/task.ts';

export const sweepNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'Expected 1 to 64 small letters, digits and hyphens, the first no hyphen')
  .refine((text) => text !== 'stages', 'Expected another name than that of the folder that all sweeps share');

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const positiveInteger = z.int().min(1);

export const metricNames = [
  'score',
  'accuracy',
  'f1',
  'matthews_correlation',
  'pearson',
  'spearmanr',
  'combined_score',
  'speedup',
  'sparsity',
] as const;

export const distributions = [
  'constant',
  'categorical',
  'int_uniform',
  'uniform',
  'q_uniform',
  'log_uniform_values',
  'q_log_uniform_values',
] as const;

export const parameterSchema = z.strictObject({
  value: z.unknown().optional(),
  values: z.array(z.unknown()).min(1).optional(),
  probabilities: z.array(z.number().min(0)).optional(),
  distribution: z.enum(distributions).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  q: z.number().positive().optional(),
  when: z.record(z.string(), z.union([scalar, z.array(scalar).min(1)])).optional(),
});

/** Of a classifier's outputs, in their order, where its config.json gives none. */
const labels = z.array(z.string().min(1)).min(1).optional();

export const modelSpecSchema = z.discriminatedUnion('source', [
  z.strictObject({ source: z.literal('embedded'), layers: z.int().min(1).max(24).default(6) }),
  z.strictObject({ source: z.literal('directory'), path: z.string().min(1), labels }),
  z.strictObject({
    source: z.literal('hub'),
    name: z.string().min(1),
    revision: z.string().min(1).default('main'),
    labels,
  }),
  z.strictObject({
    source: z.literal('random'),
    layers: z.int().min(1).max(24),
    hidden_size: positiveInteger.default(32),
    heads: positiveInteger.default(2),
    intermediate_size: positiveInteger.default(64),
    seed: z.int().min(0).default(0),
  }),
]);

const questionSchema = z.strictObject({
  name: z.string().min(1),
  factor: z.string().min(1),
  groups: z.tuple([z.array(scalar).min(1), z.array(scalar).min(1)]),
  within: z.array(z.string()).default(['task', 'sparsity']),
  margin: z.number().positive().default(0.005),
  metric: z.enum(metricNames).default('score'),
});

/** Keys that W&B or a later version of this program knows, and what to say about them. */
export const refusedKeys: Readonly<Record<string, string>> = {
  early_terminate: 'early_terminate is not built yet: remove it; every run goes to its end',
  program: '`program` belongs to `backend: command`: add that, or remove it',
  command: '`command` belongs to `backend: command`: add that, or remove it',
  project: "W&B's `project` has no meaning here: remove it; results go to results/NAME",
  entity: "W&B's `entity` has no meaning here: remove it",
};

/** A sweep file's top level; parameters, list runs and strategies are read in more detail afterwards. */
export const sweepFileSchema = z.strictObject({
  name: sweepNameSchema,
  description: z.string().default(''),
  method: z.enum(['grid', 'random', 'list']),
  metric: z
    .strictObject({ name: z.enum(metricNames), goal: z.enum(['maximize', 'minimize']).default('maximize') })
    .default({ name: 'score', goal: 'maximize' }),
  model: modelSpecSchema.default({ source: 'embedded', layers: 6 }),
  teacher: modelSpecSchema.optional(),
  data: z
    .strictObject({
      source: z.enum(['embedded', 'directory', 'hub']).optional(),
      path: z.string().min(1).optional(),
      split: splitSchema.optional(),
    })
    .default({}),
  backend: z.literal('builtin', 'Expected builtin, command or cofi').default('builtin'),
  resources: z
    .strictObject({
      threads: positiveInteger.max(1024).default(1),
      slots: positiveInteger.max(1024).optional(),
      runs_per_gpu: positiveInteger.max(64).default(1),
      gpus_per_run: positiveInteger.max(64).default(1),
      gpu_memory_gb: z.number().positive().optional(),
      checkpoint_every_steps: positiveInteger.default(100),
    })
    .prefault({}),
  run_cap: positiveInteger.optional(),
  random_seed: z.int().min(0).default(0),
  parameters: z.record(z.string(), z.unknown()).optional(),
  runs: z.array(z.record(z.string(), z.unknown())).min(1).optional(),
  questions: z.array(questionSchema).default([]),
});

export type RawSweepFile = z.infer<typeof sweepFileSchema>;
export type RawParameter = z.infer<typeof parameterSchema>;
