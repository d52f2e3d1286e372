import { answerLines } from './answer-lines.ts';
import { elsewhere, writtenColumns } from './columns.ts';
import type { Leaderboard } from './rows.ts';

/** The questions' answers and a GitHub-flavoured table for people, with its notes below. */
export function toMarkdown(board: Leaderboard): string {
  const columns = writtenColumns(board);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const { runs, finished, failed, waiting } = board.counts;
  return [
    `# ${escapeMarkdown(board.name)}`,
    '',
    ...board.answers.map(answerLines).flatMap(({ title, lines }) => section(title, lines)),
    ...(board.answers.length > 0 ? ['## Leaderboard', ''] : []),
    line(columns.map(({ title }) => escapeMarkdown(title))),
    line(columns.map(({ align }) => (align === 'right' ? '--:' : ':--'))),
    ...board.rows.map((row) => line(columns.map(({ text }) => escapeMarkdown(text(row))))),
    '',
    `${finished} of ${runs} runs finished, ${failed} failed, ${waiting} waiting. Scores and sparsities in percent.`,
    '',
    ...[...board.notes, elsewhere(board, columns)].map((note) => `- ${escapeMarkdown(note)}`),
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return [`## ${escapeMarkdown(title)}`, '', ...lines.map((line) => `- ${escapeMarkdown(line)}`), ''];
}

/** So that no name ends a cell, starts a link or a formula, becomes HTML, or moves a terminal's cursor. */
function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>|~$&]/g, '\\$&').replaceAll(/[\s\p{Cc}]+/gu, ' ');
}
