import type { LeaderboardRow } from './rows.ts';

/** a, b, … z, aa, ab, … in the order in which the marks come. */
export function lettersOf(rows: readonly LeaderboardRow[]): Map<string, string> {
  const marks = [...new Set(rows.flatMap((row) => row.marks))];
  return new Map(marks.map((mark, i) => [mark, letter(i)]));
}

function letter(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : `${letter(Math.floor(index / 26) - 1)}${last}`;
}
