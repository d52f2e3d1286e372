import { stringify } from 'csv-stringify/sync';
import { columnsOf } from './columns.ts';
import type { Leaderboard } from './rows.ts';

/** RFC 4180 with every column and exact values in percent; text that a spreadsheet would run as a formula gets a leading apostrophe. */
export function toCsv(board: Leaderboard): string {
  const columns = columnsOf(board);
  return stringify(
    board.rows.map((row) => columns.map(({ value }) => value(row))),
    { header: true, columns: columns.map(({ id }) => id), escape_formulas: true, record_delimiter: '\r\n' },
  );
}
