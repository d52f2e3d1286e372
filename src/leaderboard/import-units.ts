import type { ColumnMap } from './import-columns.ts';
import type { ImportedResult } from './imported-result.ts';

const columns = ['score', 'sparsity', 'achievedSparsity'] as const;

/** A share beside percentages would become a hundredth of itself without a word: one message for each. */
export function mixedUnits(results: readonly ImportedResult[], map: ColumnMap): string[] {
  return columns.flatMap((pick) => {
    const percent = results.map((result) => result[pick]).find((value) => value !== null && Math.abs(value) > 1);
    if (percent === undefined) return [];
    return results.flatMap(({ source, [pick]: value }) =>
      value !== null && value !== 0 && Math.abs(value) < 1
        ? [
            `${source} column \`${map[pick]}\`: found ${value} beside ${percent}: write all in percent, or all as shares of 1`,
          ]
        : [],
    );
  });
}

/** A column is in percent where any of its numbers is above 1. */
export function asShares<T extends number | null>(values: readonly T[]): { values: T[]; isPercent: boolean } {
  const isPercent = values.some((value) => value !== null && Math.abs(value) > 1);
  const scaled = (value: T): T => (value === null || !isPercent ? value : (Number((value / 100).toPrecision(12)) as T));
  return { values: values.map(scaled), isPercent };
}
