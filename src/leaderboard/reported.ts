import { type ReportedScore, reportedFor, reportedScores } from '../glue/reported-scores.ts';
import type { LeaderboardRow, ReportedBeside } from './rows.ts';

/** The published number that stands nearest to a row, where one is comparable: BERT-base on the whole of a GLUE task, reported on dev. */
export function reportedBeside(row: LeaderboardRow): ReportedBeside | null {
  const { summary, sparsityAsked } = row;
  if (!summary || sparsityAsked === null) return null;
  if (row.records.some(({ setting }) => setting?.comparableToReported !== true)) return null;
  const method = row.strategy === 'none' ? 'prediction loss only' : 'CoFi';
  const found = reportedFor(row.task, 100 * sparsityAsked, method).find(({ metric }) => metric === row.metric);
  if (!found) return null;
  const { score, sparsity, source, grade } = found;
  return { score, method, sparsity, source, grade, difference: 100 * summary.mean - score };
}

/** Every published score of the tasks of rows that are comparable to them, for curves. */
export function reportedCurves(rows: readonly LeaderboardRow[]): ReportedScore[] {
  const comparable = rows.filter(({ records }) =>
    records.some(({ setting }) => setting?.comparableToReported === true),
  );
  const tasks = new Set(comparable.map(({ task }) => task));
  return reportedScores.filter(({ task }) => tasks.has(task));
}
