import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { buildLeaderboard } from '../leaderboard/build.ts';
import type { Leaderboard } from '../leaderboard/rows.ts';
import { toCsv } from '../leaderboard/to-csv.ts';
import { toMarkdown } from '../leaderboard/to-markdown.ts';
import { toTerminal } from '../leaderboard/to-terminal.ts';
import { writeFileAtomic } from '../store/atomic-file.ts';
import { sweepPaths } from '../store/paths.ts';
import type { ResolvedSweep } from '../store/sweep-folder.ts';
import { parseSweepFile } from '../sweep/index.ts';
import { collectRecords } from './collect-records.ts';
import { recordedParity } from './parity-record.ts';
import { defaultResultsDir, toPath } from './project.ts';
import { sweepAt } from './sweep-argument.ts';
import { sweepState } from './sweep-state.ts';

type Options = { results: string; baseline: string; format: Format };

const formats = ['table', 'csv', 'markdown'] as const;
type Format = (typeof formats)[number];

/** `leaderboard [SWEEP]`: prints a sweep's leaderboard and writes it beside the sweep's results. */
export function register(program: Command): void {
  program
    .command('leaderboard')
    .description("print a sweep's leaderboard, and write it as CSV and Markdown beside its results")
    .argument('[sweep]', 'name, file or results folder of a sweep; the latest without')
    .option('--results <dir>', 'folder for results', toPath, defaultResultsDir)
    .option('--baseline <strategy>', 'strategy that differences are taken to', 'none')
    .addOption(new Option('--format <form>', 'what to print').choices(formats).default('table'))
    .action(async (name: string | undefined, options: Options) => {
      const { resultsDir, sweep } = sweepAt(options.results, name);
      const board = await sweepLeaderboard(resultsDir, sweep, options.baseline);
      writeLeaderboard(resultsDir, board);
      console.log(render(board, options.format).trimEnd());
    });
}

/** A sweep's leaderboard as it stands. */
export async function sweepLeaderboard(
  resultsDir: string,
  sweep: ResolvedSweep,
  baseline = 'none',
): Promise<Leaderboard> {
  const failed = sweepState(resultsDir, sweep).stages.filter(({ state }) => state === 'failed');
  const failures = new Map(failed.map(({ key, message }) => [key, message ?? 'failed']));
  const { records, leftOut } = await collectRecords(resultsDir, sweep, { failures, parityOf: recordedParity });
  const notes = [...descriptionOf(sweep), ...leftOut.map((what) => `Left out: ${what}`)];
  return buildLeaderboard(records, { name: sweep.name, baseline, notes });
}

/** What the sweep file says that the sweep is: shortened runs are to say so. */
function descriptionOf({ text, file }: ResolvedSweep): string[] {
  const parsed = parseSweepFile(text, file);
  return parsed.ok && parsed.sweep.description !== '' ? [parsed.sweep.description.trim()] : [];
}

/** Writes leaderboard.csv and leaderboard.md into the sweep's folder. */
export function writeLeaderboard(resultsDir: string, board: Leaderboard): void {
  const { dir } = sweepPaths(resultsDir, board.name);
  writeFileAtomic(join(dir, 'leaderboard.csv'), toCsv(board));
  writeFileAtomic(join(dir, 'leaderboard.md'), toMarkdown(board));
}

function render(board: Leaderboard, format: Format): string {
  switch (format) {
    case 'table':
      return toTerminal(board, process.stdout.columns ?? 160);
    case 'csv':
      return toCsv(board);
    case 'markdown':
      return toMarkdown(board);
  }
}
