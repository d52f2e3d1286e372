import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { renderPage } from '../report/page.ts';
import { writeFileAtomic } from '../store/atomic-file.ts';
import { sweepPaths } from '../store/paths.ts';
import { baselineProblem } from './baseline-option.ts';
import { defaultResultsDir, toPath } from './project.ts';
import { collectReport } from './report-data.ts';
import { defaultPort, serveSweep } from './serve-report.ts';
import { sweepAt } from './sweep-argument.ts';

type Options = {
  results: string;
  baseline?: string;
  output?: string;
  serve?: boolean;
  untilStdinEnds?: boolean;
  port: number;
};

/** `report [SWEEP]`: one HTML page with everything that a sweep has come to, as a file or live. */
export function register(program: Command): void {
  program
    .command('report')
    .description('write one HTML page with the answers, the leaderboard and the charts of a sweep')
    .argument('[sweep]', 'name, file or results folder of a sweep; the latest without')
    .option('--results <dir>', 'folder for results', toPath, defaultResultsDir)
    .option('--baseline <arm>', 'strategy, or arm as `v4 (k 2)`, that differences are taken to (default: none)')
    .option('-o, --output <file>', "where to write it (default: report.html in the sweep's folder)")
    .option('--serve', 'serve it on this machine instead, up to date while the sweep runs')
    .option('--port <number>', 'port to serve on', parsePort, defaultPort)
    .addOption(new Option('--until-stdin-ends').hideHelp())
    .action(async (name: string | undefined, options: Options) => {
      const { resultsDir, sweep } = sweepAt(options.results, name);
      if (options.serve === true) {
        const { url } = await serveSweep(resultsDir, sweep.name, options);
        console.log(`${sweep.name}: ${url}${options.untilStdinEnds ? '' : ' (Ctrl-C ends it; the sweep goes on)'}`);
        if (options.untilStdinEnds) endWithStdin();
        return;
      }
      const { data, board } = await collectReport(resultsDir, sweep, options.baseline ?? 'none');
      const problem = options.baseline === undefined ? null : baselineProblem(options.baseline, board.rows);
      if (problem !== null) {
        console.error(problem);
        process.exitCode = 1;
      }
      const path = resolve(options.output ?? join(sweepPaths(resultsDir, sweep.name).dir, 'report.html'));
      const { html } = await renderPage(data, false);
      writeFileAtomic(path, html);
      console.log(path);
    });
}

/** Beside a sweep that runs: its end ends this, and a Ctrl-C is for the sweep. */
function endWithStdin(): void {
  process.on('SIGINT', () => {});
  process.stdin.on('end', () => process.exit()).resume();
}

export function parsePort(value: string): number {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('Expected a port from 0 to 65535.');
  return port;
}
