import { taskNames } from '../glue/tasks.ts';
import type { LeaderboardRow } from './rows.ts';

/** Tasks as GLUE orders them, sparsities upwards, imported results last, best mean score first. */
export function sortRows(rows: readonly LeaderboardRow[]): LeaderboardRow[] {
  return [...rows].sort(
    (a, b) =>
      taskRank(a.task) - taskRank(b.task) ||
      compareText(a.task, b.task) ||
      (a.sparsityAsked ?? 2) - (b.sparsityAsked ?? 2) ||
      Number(a.imported) - Number(b.imported) ||
      (b.summary?.mean ?? -2) - (a.summary?.mean ?? -2) ||
      compareText(a.strategy, b.strategy) ||
      (a.k ?? 0) - (b.k ?? 0) ||
      compareText(a.key, b.key),
  );
}

function taskRank(task: string): number {
  const rank = taskNames.indexOf(task);
  return rank === -1 ? taskNames.length : rank;
}

/** By code points, so that no locale changes the order. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
