import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { renderPage } from '../report/page.ts';
import { writeFileAtomic } from '../store/atomic-file.ts';
import { sweepPaths } from '../store/paths.ts';
import { defaultResultsDir } from './project.ts';
import { collectReportData } from './report-data.ts';
import { sweepAt } from './sweep-argument.ts';

type Options = { results: string; baseline: string; output?: string };

/** `report [SWEEP]`: one HTML page with everything that a sweep has come to. */
export function register(program: Command): void {
  program
    .command('report')
    .description('write one HTML page with the answers, the leaderboard and the charts of a sweep')
    .argument('[sweep]', 'name, file or results folder of a sweep; the latest without')
    .option('--results <dir>', 'folder for results', (path) => resolve(path), defaultResultsDir)
    .option('--baseline <strategy>', 'strategy that differences are taken to', 'none')
    .option('-o, --output <file>', "where to write it (default: report.html in the sweep's folder)")
    .action(async (name: string | undefined, options: Options) => {
      const { resultsDir, sweep } = sweepAt(options.results, name);
      const data = await collectReportData(resultsDir, sweep, options.baseline);
      const path = resolve(options.output ?? join(sweepPaths(resultsDir, sweep.name).dir, 'report.html'));
      const { html } = await renderPage(data, false);
      writeFileAtomic(path, html);
      console.log(path);
    });
}
