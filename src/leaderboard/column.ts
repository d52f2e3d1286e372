import { points } from './format.ts';
import type { LeaderboardRow } from './rows.ts';

export type Cell = string | number | null;

/** One column of every written form: the exact value for CSV and JSON, the text for people. Scores and sparsities in percent. */
export type Column = {
  readonly id: string;
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Which forms show it: every one; Markdown, CSV and JSON; CSV and JSON only. */
  readonly shown: 'everywhere' | 'written' | 'exact';
  readonly value: (row: LeaderboardRow) => Cell;
  readonly text: (row: LeaderboardRow) => string;
};

/** Twelve digits: what binary rounding leaves behind them is no information. */
export function plain(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Number(value.toPrecision(12));
}

export function scaled(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : plain(100 * value);
}

export function text(id: string, title: string, pick: (row: LeaderboardRow) => string): Column {
  return { id, title, align: 'left', shown: 'everywhere', value: pick, text: pick };
}

export function number(
  id: string,
  title: string,
  pick: (row: LeaderboardRow) => number | null,
  show: (value: number) => string,
): Column {
  return { ...text(id, title, textOf(pick, show)), align: 'right', value: pick };
}

export function percent(id: string, title: string, pick: (row: LeaderboardRow) => number | null, digits = 2): Column {
  return {
    ...text(
      id,
      title,
      textOf(pick, (value) => points(value, digits)),
    ),
    align: 'right',
    value: (row) => scaled(pick(row)),
  };
}

export function exact(column: Column): Column {
  return { ...column, shown: 'exact' };
}

export function written(column: Column): Column {
  return { ...column, shown: 'written' };
}

function textOf(
  pick: (row: LeaderboardRow) => number | null,
  show: (value: number) => string,
): (row: LeaderboardRow) => string {
  return (row) => {
    const value = pick(row);
    return value === null ? '' : show(value);
  };
}
