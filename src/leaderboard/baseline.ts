import type { BaselineDifference, LeaderboardRow } from './rows.ts';
import { holm } from './statistics/holm.ts';
import { comparePaired, plainDifference } from './statistics/paired.ts';

/**
 * Difference of each row of one cell to the baseline's row, paired by seed; Holm's correction over the cell's arms.
 * In the order of the rows. There is a p only once every declared seed of both rows is in.
 */
export function baselineDifferences(rows: readonly LeaderboardRow[], baseline: string): BaselineDifference[] {
  const bases = rows.filter(({ strategy }) => strategy === baseline);
  const compared = rows.map((row) => compareWith(row, bases, baseline, rows.length - bases.length));
  // Arms that are not in yet keep their place in the family, so that it does not grow as they come in.
  const arms = compared.filter(({ kind }) => kind !== 'baseline');
  const adjusted = holm(arms.map((entry) => (entry.kind === 'compared' ? (entry.p ?? 1) : 1)));
  return compared.map((entry) => {
    if (entry.kind !== 'compared' || entry.p === null) return entry;
    return { ...entry, pHolm: adjusted[arms.indexOf(entry)] ?? null };
  });
}

/** Score differences of the seeds that both rows have, in the order of the first. */
export function pairedDifferences(row: LeaderboardRow, base: LeaderboardRow): number[] {
  const other = new Map(base.scores.map(({ replicate, score }) => [replicate, score]));
  return row.scores.flatMap(({ replicate, score }) => {
    const theirs = other.get(replicate);
    return theirs === undefined ? [] : [plainDifference(score, theirs)];
  });
}

function compareWith(
  row: LeaderboardRow,
  bases: readonly LeaderboardRow[],
  baseline: string,
  family: number,
): BaselineDifference {
  const [base] = bases;
  const notCompared = (reason: string): BaselineDifference => ({ kind: 'not-compared', reason });
  if (row.strategy === baseline) return { kind: 'baseline' };
  if (!base) return notCompared(`no run of \`${baseline}\` with the same settings`);
  if (bases.length > 1) return notCompared(`${bases.length} rows of \`${baseline}\` would fit`);
  if (row.metric !== null && base.metric !== null && row.metric !== base.metric) {
    return notCompared(`scored by ${row.metric}, \`${baseline}\` by ${base.metric}`);
  }
  const differences = pairedDifferences(row, base);
  if (differences.length === 0) return notCompared(`no seed finished both here and with \`${baseline}\``);
  const comparison = comparePaired(differences);
  const complete = row.scores.length === row.planned && base.scores.length === base.planned;
  return {
    kind: 'compared',
    comparison,
    p: complete ? comparison.p : null,
    pHolm: null,
    complete,
    family,
    sparsityGap: sparsityGap(row, base),
  };
}

/** Largest distance of achieved sparsities between the runs of two rows; 0 where one is unknown. */
function sparsityGap(a: LeaderboardRow, b: LeaderboardRow): number {
  if (!a.sparsity || !b.sparsity) return 0;
  return Math.max(a.sparsity.max - b.sparsity.min, b.sparsity.max - a.sparsity.min);
}
