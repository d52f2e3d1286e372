import { narrowColumns } from './columns.ts';
import type { Leaderboard } from './rows.ts';

/** A booktabs table (needs `\usepackage{booktabs}`), with its notes as comments; the same columns and numbers as the Markdown form. */
export function toLatex(board: Leaderboard): string {
  const columns = narrowColumns(board).filter(({ id }) => id !== 'scores');
  const line = (cells: readonly string[]) => `    ${cells.join(' & ')} \\\\`;
  return [
    ...[...board.notes, ...board.answers.flatMap(answerLines)].map((note) => `% ${note.replaceAll(/\s+/g, ' ')}`),
    '\\begin{table}',
    '  \\centering',
    `  \\caption{${escapeLatex(board.name)}: scores and sparsities in percent, mean $\\pm$ standard deviation over seeds.}`,
    `  \\begin{tabular}{${columns.map(({ align }) => (align === 'right' ? 'r' : 'l')).join('')}}`,
    '    \\toprule',
    line(columns.map(({ title }) => escapeLatex(title))),
    '    \\midrule',
    ...board.rows.map((row) => line(columns.map(({ text }) => escapeLatex(text(row))))),
    '    \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}',
    '',
  ].join('\n');
}

function answerLines({ question, cells }: Leaderboard['answers'][number]): string[] {
  return cells.map(({ sentence }) => `${question.name} ${sentence}`);
}

const replacements: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  _: '\\_',
  '%': '\\%',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '±': '$\\pm$',
  '×': '$\\times$',
  '–': '--',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
};

function escapeLatex(text: string): string {
  return text
    .replaceAll(/[\\{}$&#_%~^±×–<>|]/g, (character) => replacements[character] ?? character)
    .replaceAll(/\s+/g, ' ');
}
