import { answerLines } from './answer-lines.ts';
import type { Column } from './column.ts';
import { elsewhere, narrowColumns } from './columns.ts';
import { lettersOf } from './mark-letters.ts';
import type { Leaderboard, LeaderboardRow } from './rows.ts';

/** Left to the other forms: a page of print is narrow. Marks become letters with their meaning below the table. */
const tooWide = ['scores', 'majority_class', 'choices_differ', 'marks'];

/** A table wider than the text is made as small as it must be. */
const fitted = '\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%';

/** A booktabs table, no wider than the text, with its marks below it and its notes as comments; the numbers of the Markdown form. */
export function toLatex(board: Leaderboard): string {
  const columns = narrowColumns(board).filter(({ id }) => !tooWide.includes(id));
  const letters = lettersOf(board.rows);
  const line = (cells: readonly string[]) => `    ${cells.join(' & ')} \\\\`;
  const rowLine = (row: LeaderboardRow) => {
    const marks = row.marks.map((mark) => letters.get(mark) ?? '').join(',');
    const [first = '', ...rest] = columns.map(({ text }) => escapeLatex(text(row)));
    return line([marks === '' ? first : `${first}\\textsuperscript{${marks}}`, ...rest]);
  };
  return [
    '% Needs \\usepackage{booktabs,graphicx}.',
    ...comments(board, columns),
    '\\begin{table}',
    '  \\centering',
    '  \\footnotesize',
    '  \\setlength{\\tabcolsep}{3.5pt}',
    `  \\caption{${escapeLatex(board.name)}: scores and sparsities in percent, mean $\\pm$ standard deviation over $n$ seeds; differences paired by seed.}`,
    `  ${fitted}`,
    `  \\begin{tabular}{${columns.map(({ align }) => (align === 'right' ? 'r' : 'l')).join('')}}`,
    '    \\toprule',
    line(columns.map(({ title }) => escapeLatex(title))),
    '    \\midrule',
    ...board.rows.map(rowLine),
    '    \\bottomrule',
    '  \\end{tabular}}',
    ...(letters.size === 0 ? [] : [`  \\par\\smallskip\\raggedright ${legend(letters)}`]),
    '\\end{table}',
    '',
  ].join('\n');
}

function comments(board: Leaderboard, columns: readonly Column[]): string[] {
  const answers = board.answers.map(answerLines).flatMap(({ title, lines }) => lines.map((text) => `${title} ${text}`));
  return [...board.notes, elsewhere(board, columns), ...answers].map((note) => `% ${oneLine(note)}`);
}

function legend(letters: ReadonlyMap<string, string>): string {
  return [...letters].map(([mark, name]) => `\\textsuperscript{${name}}~${escapeLatex(mark)}`).join('; ');
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
  // A minus sign, not a hyphen, before a number.
  const minus = text.replace(/^-(?=\d)/, '−');
  return oneLine(
    minus.replaceAll(/[\\{}$&#_%~^±×–<>|]/g, (character) => replacements[character] ?? character),
  ).replaceAll('−', '$-$');
}

/** Also without what would end a comment or a line of the source. */
function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, ' ');
}
