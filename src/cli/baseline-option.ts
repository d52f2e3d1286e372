import type { LeaderboardRow } from '../leaderboard/rows.ts';

/** What is wrong with the baseline that was asked for; null where at least one row is held against it. */
export function baselineProblem(
  baseline: string,
  rows: readonly Pick<LeaderboardRow, 'strategy' | 'difference'>[],
): string | null {
  if (rows.length === 0 || rows.some(({ difference }) => difference.kind !== 'not-compared')) return null;
  const strategies = [...new Set(rows.map(({ strategy }) => strategy))];
  const [reason] = rows.flatMap(({ difference }) => (difference.kind === 'not-compared' ? [difference.reason] : []));
  const hint = strategies.includes(baseline) ? `Not compared: ${reason}` : `There are: ${strategies.join(', ')}`;
  return `--baseline ${baseline}: Expected an arm of this sweep. ${hint}`;
}
