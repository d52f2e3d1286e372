import { stripVTControlCharacters } from 'node:util';
import { answerLines } from './answer-lines.ts';
import type { Column } from './column.ts';
import { narrowColumns } from './columns.ts';
import { lettersOf } from './mark-letters.ts';
import type { Leaderboard, LeaderboardRow } from './rows.ts';

/** Columns that go first where the terminal is narrow, the least missed first. */
const dispensable = [
  'scores',
  'majority_class',
  'choices_differ',
  'reported',
  'speedup',
  'sparsity_asked',
  'p_holm',
  'parity',
];

/** The leaderboard as plain text, at most `width` columns wide where letters for marks and leaving columns out can reach that; says which. */
export function toTerminal(board: Leaderboard, width: number): string {
  const letters = tableWidth(board, narrowColumns(board)) <= width ? new Map<string, string>() : lettersOf(board.rows);
  const shown = fitting(board, width, letters);
  const left = narrowColumns(board).filter(({ id }) => !shown.some((column) => column.id === id));
  const cells = [shown.map(({ title }) => title), ...textCells(board, shown)];
  const widths = shown.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, i) => (shown[i]?.align === 'right' ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((columnWidth) => '─'.repeat(columnWidth)).join('  ');
  const { runs, finished, failed, waiting } = board.counts;
  const notes = [
    `${finished} of ${runs} runs finished, ${failed} failed, ${waiting} waiting. Scores and sparsities in percent.`,
    ...(letters.size === 0
      ? []
      : [`Marks: ${[...letters].map(([mark, letter]) => `${letter} ${clean(mark)}`).join('; ')}.`]),
    ...board.notes.map(clean),
    ...(left.length === 0 ? [] : [`Not shown here for want of room: ${left.map(({ title }) => title).join(', ')}.`]),
  ];
  const answers = board.answers
    .map(answerLines)
    .flatMap(({ title, lines: said }) => ['', clean(title), ...said.map((text) => `  ${clean(text)}`)]);
  return [clean(board.name), '', lines[0] ?? '', rule, ...lines.slice(1), '', ...notes, ...answers].join('\n');
}

function fitting(board: Leaderboard, width: number, letters: ReadonlyMap<string, string>): Column[] {
  let columns = narrowColumns(board).map((column) =>
    column.id === 'marks' && letters.size > 0
      ? { ...column, text: ({ marks }: LeaderboardRow) => marks.map((mark) => letters.get(mark)).join(' ') }
      : column,
  );
  for (const id of dispensable) {
    if (tableWidth(board, columns) <= width) break;
    columns = columns.filter((column) => column.id !== id);
  }
  return columns;
}

function tableWidth(board: Leaderboard, columns: readonly Column[]): number {
  const cells = [columns.map(({ title }) => title), ...textCells(board, columns)];
  return columns.reduce((sum, _, i) => sum + Math.max(...cells.map((row) => row[i]?.length ?? 0)) + 2, -2);
}

function textCells(board: Leaderboard, columns: readonly Column[]): string[][] {
  return board.rows.map((row) => columns.map(({ text }) => clean(text(row))));
}

/** Nothing that a name holds may move the cursor or colour the terminal. */
function clean(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[\p{Cc}\p{Cf}]/gu, '');
}
