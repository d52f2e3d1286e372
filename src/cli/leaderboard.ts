import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Arrangement, arrange } from '../leaderboard/arrange.ts';
import type { Leaderboard } from '../leaderboard/rows.ts';
import { toCsv } from '../leaderboard/to-csv.ts';
import { toJson } from '../leaderboard/to-json.ts';
import { toLatex } from '../leaderboard/to-latex.ts';
import { toMarkdown } from '../leaderboard/to-markdown.ts';
import { toTerminal } from '../leaderboard/to-terminal.ts';
import { writeFileAtomic } from '../store/atomic-file.ts';
import { sweepPaths } from '../store/paths.ts';
import type { ResolvedSweep } from '../store/sweep-folder.ts';
import { baselineProblem } from './baseline-option.ts';
import { CommandError } from './command-error.ts';
import { isCommandResult, writeCommandTable } from './command-table.ts';
import { defaultResultsDir, toPath } from './project.ts';
import { sweepAt } from './sweep-argument.ts';
import { sweepResults } from './sweep-results.ts';

type Options = {
  results: string;
  baseline?: string;
  format: Format;
  sort?: string;
  filter: Arrangement['filters'];
  groupBy?: string;
};

const formats = ['table', 'csv', 'markdown', 'latex', 'json'] as const;
type Format = (typeof formats)[number];

/** `leaderboard [SWEEP]`: prints a sweep's leaderboard and writes it beside the sweep's results. */
export function register(program: Command): void {
  program
    .command('leaderboard')
    .description("print a sweep's leaderboard, and write it as CSV, Markdown, LaTeX and JSON beside its results")
    .argument('[sweep]', 'name, file or results folder of a sweep; the latest without')
    .option('--results <dir>', 'folder for results', toPath, defaultResultsDir)
    .option('--baseline <arm>', 'strategy, or arm as `v4 (k 2)`, that differences are taken to (default: none)')
    .option('--sort <column[:asc|:desc]>', 'order of the rows (default: best mean score first)')
    .option(
      '--filter <column=values>',
      'only rows with one of these values, separated by commas; may be given again',
      addFilter,
      [],
    )
    .option('--group-by <column>', 'one table for each value of a column')
    .addOption(new Option('--format <form>', 'what to print').choices(formats).default('table'))
    .action(async (name: string | undefined, options: Options) => {
      const { resultsDir, sweep } = sweepAt(options.results, name);
      if (isCommandResult(sweep)) {
        refuseArrangement(sweep.name, options);
        console.log(writeCommandTable(resultsDir, sweep) ?? `No run of \`${sweep.name}\` has finished yet.`);
        return;
      }
      const asked = { sort: parseSort(options.sort), filters: options.filter, groupBy: options.groupBy ?? null };
      const board = await sweepLeaderboard(resultsDir, sweep, { baseline: options.baseline, examples: true });
      const problem = options.baseline === undefined ? null : baselineProblem(options.baseline, board.rows);
      // The table is shown all the same, and the written ones are left as they were.
      if (problem !== null) {
        console.error(problem);
        process.exitCode = 1;
      } else writeLeaderboard(resultsDir, board);
      const boards = arrange(board, asked);
      // Programs read one document, whatever the grouping.
      const [whole = board] = boards;
      const isForPrograms = options.format === 'csv' || options.format === 'json';
      const shown = isForPrograms
        ? [
            {
              ...whole,
              name: board.name,
              rows: boards.flatMap(({ rows }) => rows),
              notes: board.notes,
              answers: board.answers,
            },
          ]
        : boards;
      console.log(shown.map((one) => render(one, options.format).trimEnd()).join('\n\n'));
    });
}

/** The scores of a user's program have no strategies, tasks or baselines to arrange them by. */
function refuseArrangement(name: string, { baseline, sort, filter, groupBy, format }: Options): void {
  const given = {
    '--baseline': baseline !== undefined,
    '--sort': sort !== undefined,
    '--filter': filter.length > 0,
    '--group-by': groupBy !== undefined,
    '--format': format !== 'table',
  };
  const [option] = Object.entries(given).flatMap(([flag, isGiven]) => (isGiven ? [flag] : []));
  if (option === undefined) return;
  throw new CommandError(
    `${option}: \`${name}\` is a sweep of \`backend: command\`, which has one plain table. Leave ${option} away, and arrange the leaderboard.csv that is written as you like.`,
  );
}

function addFilter(value: string, earlier: Arrangement['filters']): Arrangement['filters'] {
  const [column = '', ...rest] = value.split('=');
  if (column === '' || rest.length === 0)
    throw new InvalidArgumentError('Expected COLUMN=VALUE, or COLUMN=VALUE,VALUE.');
  return [...earlier, { column, values: rest.join('=').split(',') }];
}

function parseSort(value: string | undefined): Arrangement['sort'] {
  if (value === undefined) return null;
  const [column = '', direction = 'asc', ...rest] = value.split(':');
  if ((direction !== 'asc' && direction !== 'desc') || rest.length > 0) {
    throw new CommandError(`--sort ${value}: Expected COLUMN, COLUMN:asc or COLUMN:desc`);
  }
  return { column, descending: direction === 'desc' };
}

/** A sweep's leaderboard as it stands, with the answers to its questions. */
export async function sweepLeaderboard(
  resultsDir: string,
  sweep: ResolvedSweep,
  options: { readonly baseline?: string | undefined; readonly examples?: boolean } = {},
): Promise<Leaderboard> {
  const { board } = await sweepResults(resultsDir, sweep, options);
  return board;
}

/** Writes leaderboard.csv, .md, .tex and .json into the sweep's folder. */
export function writeLeaderboard(resultsDir: string, board: Leaderboard): void {
  const { dir } = sweepPaths(resultsDir, board.name);
  writeFileAtomic(join(dir, 'leaderboard.csv'), toCsv(board));
  writeFileAtomic(join(dir, 'leaderboard.md'), toMarkdown(board));
  writeFileAtomic(join(dir, 'leaderboard.tex'), toLatex(board));
  writeFileAtomic(join(dir, 'leaderboard.json'), toJson(board));
}

function render(board: Leaderboard, format: Format): string {
  switch (format) {
    case 'table':
      return toTerminal(board, process.stdout.columns ?? 160);
    case 'csv':
      return toCsv(board);
    case 'markdown':
      return toMarkdown(board);
    case 'latex':
      return toLatex(board);
    case 'json':
      return toJson(board);
  }
}
