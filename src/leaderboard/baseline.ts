import type { BaselineDifference, LeaderboardRow } from './rows.ts';
import { holm } from './statistics/holm.ts';
import { comparePaired, plainDifference } from './statistics/paired.ts';

/** A row with what tells it from the other rows of its cell: `v4 (k 3)`. */
export type LabelledRow = LeaderboardRow & { readonly label: string };

/**
 * Difference of each row of one cell to the baseline's row, paired by seed; Holm's correction over the cell's arms.
 * In the order of the rows. There is a p only once every declared seed of both rows is in.
 */
export function baselineDifferences(rows: readonly LabelledRow[], baseline: string): BaselineDifference[] {
  const bases = basesAmong(rows, baseline);
  const compared = rows.map((row) => compareWith(row, bases, baseline, rows.length - bases.length));
  // Arms that are not in yet keep their place in the family, so that it does not grow as they come in.
  const arms = compared.filter(({ kind }) => kind !== 'baseline');
  const adjusted = holm(arms.map((entry) => (entry.kind === 'compared' ? (entry.p ?? 1) : 1)));
  return compared.map((entry) => {
    if (entry.kind !== 'compared' || entry.p === null) return entry;
    return { ...entry, pHolm: adjusted[arms.indexOf(entry)] ?? null };
  });
}

/** The rows with that label, else those with that strategy. */
function basesAmong(rows: readonly LabelledRow[], baseline: string): LabelledRow[] {
  const named = rows.filter(({ label }) => label === baseline);
  return named.length > 0 ? named : rows.filter(({ strategy }) => strategy === baseline);
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
  row: LabelledRow,
  bases: readonly LabelledRow[],
  baseline: string,
  family: number,
): BaselineDifference {
  const [base] = bases;
  const notCompared = (reason: string): BaselineDifference => ({ kind: 'not-compared', reason });
  if (base === row && bases.length === 1) return { kind: 'baseline' };
  if (!base) return notCompared(`no run of \`${baseline}\` with the same settings`);
  if (bases.length > 1)
    return notCompared(`${bases.length} rows would fit: name one of ${bases.map(({ label }) => label).join('; ')}`);
  if (row.identicalTo.includes(base.label)) return { kind: 'identical' };
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

/** Largest distance of achieved sparsities between the runs of two rows. */
function sparsityGap(a: LeaderboardRow, b: LeaderboardRow): number | null {
  if (!a.sparsity || !b.sparsity) return null;
  return Math.max(a.sparsity.max - b.sparsity.min, b.sparsity.max - a.sparsity.min);
}
