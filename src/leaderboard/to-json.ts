import { columnsOf } from './columns.ts';
import type { Leaderboard } from './rows.ts';

/** The leaderboard for programs: every column by its CSV name, percent as in the other forms; answers whole, differences in the metric's own unit. */
export function toJson(board: Leaderboard): string {
  const columns = columnsOf(board);
  const rows = board.rows.map((row) => Object.fromEntries(columns.map(({ id, value }) => [id, value(row)])));
  const { name, baseline, counts, notes, answers } = board;
  return `${JSON.stringify({ schemaVersion: 1, name, baseline, counts, notes, rows, answers }, null, 2)}\n`;
}
