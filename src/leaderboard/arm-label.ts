import type { LeaderboardRow } from './rows.ts';

/** `v4`, with k and whatever else tells it from other rows with that strategy: `v4 (k 3)`. */
export function armLabel(row: LeaderboardRow, among: readonly LeaderboardRow[], varying: readonly string[]): string {
  const same = among.filter(({ strategy }) => strategy === row.strategy);
  if (same.length < 2) return row.strategy;
  const parts = [
    ...(new Set(same.map(({ k }) => k)).size > 1 && row.k !== null ? [`k ${row.k}`] : []),
    ...varying
      .filter((name) => new Set(same.map(({ parameters }) => parameters[name])).size > 1)
      .map((name) => `${name} ${row.parameters[name] ?? 'unset'}`),
  ];
  return parts.length === 0 ? row.strategy : `${row.strategy} (${parts.join(', ')})`;
}
