import type { BaselineDifference, LeaderboardRow } from './rows.ts';
import { holm } from './statistics/holm.ts';
import { comparePaired, type PairedComparison } from './statistics/paired.ts';

/**
 * Difference of each row of one cell to the baseline's row, paired by seed; Holm's correction over the cell's arms.
 * In the order of the rows.
 */
export function baselineDifferences(rows: readonly LeaderboardRow[], baseline: string): BaselineDifference[] {
  const candidates = rows.filter(({ strategy }) => strategy === baseline);
  const [base] = candidates;
  const first = rows.map((row): BaselineDifference | PairedComparison => {
    if (row.strategy === baseline) return { kind: 'baseline' };
    if (!base) return { kind: 'not-compared', reason: `no run of \`${baseline}\` with the same settings` };
    if (candidates.length > 1)
      return { kind: 'not-compared', reason: `${candidates.length} rows of \`${baseline}\` would fit` };
    if (row.metric !== null && base.metric !== null && row.metric !== base.metric) {
      return { kind: 'not-compared', reason: `scored by ${row.metric}, \`${baseline}\` by ${base.metric}` };
    }
    const differences = pairedDifferences(row, base);
    if (differences.length === 0)
      return { kind: 'not-compared', reason: `no seed finished both here and with \`${baseline}\`` };
    return comparePaired(differences);
  });
  const tested = first.flatMap((entry) => ('kind' in entry || entry.p === null ? [] : [entry.p]));
  const adjusted = holm(tested);
  let next = 0;
  return first.map((entry, i) => {
    if ('kind' in entry) return entry;
    const pHolm = entry.p === null ? null : (adjusted[next++] ?? null);
    return {
      kind: 'compared',
      comparison: entry,
      pHolm,
      family: tested.length,
      sparsityGap: sparsityGap(rows[i], base),
    };
  });
}

/** Score differences of the seeds that both rows have, in the order of the first. */
export function pairedDifferences(row: LeaderboardRow, base: LeaderboardRow): number[] {
  const other = new Map(base.scores.map(({ replicate, score }) => [replicate, score]));
  return row.scores.flatMap(({ replicate, score }) => {
    const theirs = other.get(replicate);
    return theirs === undefined ? [] : [score - theirs];
  });
}

/** Largest distance of achieved sparsities between the runs of two rows; 0 where one is unknown. */
function sparsityGap(a: LeaderboardRow | undefined, b: LeaderboardRow | undefined): number {
  if (!a?.sparsity || !b?.sparsity) return 0;
  return Math.max(a.sparsity.max - b.sparsity.min, b.sparsity.max - a.sparsity.min);
}
