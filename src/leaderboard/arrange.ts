import type { Column } from './column.ts';
import { columnsOf } from './columns.ts';
import type { Leaderboard, LeaderboardRow } from './rows.ts';

/** What a reader asks of a table; columns by their CSV name or title. */
export type Arrangement = {
  readonly sort: { readonly column: string; readonly descending: boolean } | null;
  /** Rows stay that have, in each of these columns, one of its values. */
  readonly filters: readonly { readonly column: string; readonly values: readonly string[] }[];
  /** One table for each value of this column. */
  readonly groupBy: string | null;
};

/** A column that was asked for and does not exist, or a filter that leaves nothing. */
export class ArrangementError extends Error {
  override readonly name = 'ArrangementError';
}

/** The leaderboard as asked for: one, or one for each group. Statistics stay as they are: they belong to the whole. */
export function arrange(board: Leaderboard, { sort, filters, groupBy }: Arrangement): Leaderboard[] {
  const columns = columnsOf(board);
  const wanted = filters.map(({ column, values }) => ({ column: findColumn(columns, column), values }));
  const kept = board.rows.filter((row) =>
    wanted.every(({ column, values }) => values.some((value) => hasValue(row, column, value))),
  );
  if (kept.length === 0 && board.rows.length > 0 && filters.length > 0) {
    const [filter] = wanted;
    const known = filter ? [...new Set(board.rows.map((row) => filter.column.text(row)))].slice(0, 12).join(', ') : '';
    throw new ArrangementError(`No row is left by the filters. Column \`${filter?.column.id}\` has: ${known}`);
  }
  const sorted = sort === null ? kept : sortBy(kept, findColumn(columns, sort.column), sort.descending);
  if (groupBy === null) return [{ ...board, rows: sorted }];
  const column = findColumn(columns, groupBy);
  return [...Map.groupBy(sorted, column.text)].map(([value, rows], i, groups) => ({
    ...board,
    name: `${board.name}: ${column.title} ${value === '' ? 'unknown' : value}`,
    rows,
    // What holds for all groups is said once, at the end.
    ...(i < groups.length - 1 ? { notes: [], answers: [] } : {}),
  }));
}

function findColumn(columns: readonly Column[], name: string): Column {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[\s_-]/g, '');
  const found = columns.find(({ id, title }) =>
    // `score` stands for the column `score ± sd`.
    [id, title, id.replace('parameter_', ''), title.replace(/ ± .*/, '')].map(plain).includes(plain(name)),
  );
  if (found) return found;
  throw new ArrangementError(`There is no column \`${name}\`. There are: ${columns.map(({ id }) => id).join(', ')}`);
}

function hasValue(row: LeaderboardRow, column: Column, wanted: string): boolean {
  const value = column.value(row);
  if (typeof value === 'number' && wanted !== '' && Number.isFinite(Number(wanted)))
    return Math.abs(value - Number(wanted)) < 1e-9;
  return [String(value ?? ''), column.text(row)].some((text) => text.toLowerCase() === wanted.toLowerCase());
}

function sortBy(rows: readonly LeaderboardRow[], { value }: Column, descending: boolean): LeaderboardRow[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [left, right] = [value(a), value(b)];
    // What is unknown comes last either way.
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    if (typeof left === 'number' && typeof right === 'number') return sign * (left - right);
    return sign * (String(left) < String(right) ? -1 : String(left) > String(right) ? 1 : 0);
  });
}
