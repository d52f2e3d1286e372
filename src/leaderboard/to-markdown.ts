import { narrowColumns } from './columns.ts';
import type { Leaderboard } from './rows.ts';

/** A GitHub-flavoured table for people, with its notes below. */
export function toMarkdown(board: Leaderboard): string {
  const columns = narrowColumns(board);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const table = [
    line(columns.map(({ title }) => escapeMarkdown(title))),
    line(columns.map(({ align }) => (align === 'right' ? '--:' : ':--'))),
    ...board.rows.map((row) => line(columns.map(({ text }) => escapeMarkdown(text(row))))),
  ];
  const { runs, finished, failed, waiting } = board.counts;
  const counts = `${finished} of ${runs} runs finished, ${failed} failed, ${waiting} waiting. Scores and sparsities in percent.`;
  return [
    `# ${escapeMarkdown(board.name)}`,
    '',
    ...table,
    '',
    counts,
    '',
    ...board.notes.map((note) => `- ${escapeMarkdown(note)}`),
    '',
  ].join('\n');
}

/** So that no name ends a cell, starts a link, or becomes HTML. */
function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>|]/g, '\\$&').replaceAll(/\s+/g, ' ');
}
