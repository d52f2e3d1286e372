import { z } from 'zod';
import type { RunRecord } from './records.ts';

const share = z.number().min(-1).max(1);

/** One result made elsewhere, as kept beside a sweep's own. */
export const importedResultSchema = z.strictObject({
  /** File and line that it was read from. */
  source: z.string(),
  task: z.string(),
  strategy: z.string(),
  k: z.number().nullable(),
  sparsity: share.nullable(),
  seed: z.int(),
  metric: z.string(),
  score: share,
  achievedSparsity: share.nullable(),
  speedup: z.number().nullable(),
});

export const importFileSchema = z.strictObject({
  schemaVersion: z.literal(1),
  notes: z.array(z.string()),
  results: z.array(importedResultSchema),
});

export type ImportedResult = z.infer<typeof importedResultSchema>;
export type ImportFile = z.infer<typeof importFileSchema>;

/** An imported result as a run: marked, and without parity. */
export function recordOfImport(result: ImportedResult): RunRecord {
  const { source, task, strategy, k, sparsity, seed, metric, score, achievedSparsity, speedup } = result;
  return {
    runId: `imported ${source}`,
    parameters: { task, strategy, seed, ...(sparsity === null ? {} : { sparsity }), ...(k === null ? {} : { k }) },
    seed,
    task,
    strategy,
    k,
    sparsityAsked: sparsity,
    state: 'finished',
    reason: null,
    outcome: {
      metric,
      score,
      metrics: { [metric]: score },
      majorityClass: null,
      teacherScore: null,
      examples: null,
      sparsity: achievedSparsity,
      speedup,
      structure: null,
    },
    prune: null,
    parity: { kind: 'none', reason: 'imported: no probes' },
    setting: null,
    provenance: null,
    imported: true,
  };
}
