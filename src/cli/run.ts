import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type ResolvedSweep, readResolvedSweep, sweepHolder } from '../store/sweep-folder.ts';
import { sweepNames } from './find-sweep.ts';
import { parsePort } from './report.ts';
import { defaultSweepFile, type RunOptions, withRunOptions } from './run-options.ts';
import { runSweepFile } from './run-sweep.ts';
import { defaultPort } from './serve-report.ts';
import { watchSweep } from './watch.ts';

/** `run [FILE]`: runs a sweep, or goes on with it. */
export function register(program: Command): void {
  const command = program
    .command('run')
    .description('run a sweep, or go on with it: the same command again starts only what is missing')
    .argument('[file]', 'sweep file', defaultSweepFile);
  command
    .option('--serve', "serve the sweep's report page on this machine while it runs")
    .option('--port <number>', 'port to serve on', parsePort, defaultPort);
  command.option('--json', 'say only how it ended, as JSON');
  command.option('--watch', 'where another process runs the sweep already, follow it');
  withRunOptions(command).action(async (file: string, options: RunOptions & { watch?: boolean }) => {
    const running = options.watch ? runningSweep(options.results, resolve(file)) : undefined;
    process.exitCode = running
      ? await watchSweep(options.results, running)
      : await runSweepFile(resolve(file), options);
  });
}

/** The sweep of this file, where a process runs it now. */
function runningSweep(resultsDir: string, file: string): ResolvedSweep | undefined {
  return sweepNames(resultsDir)
    .filter((name) => sweepHolder(resultsDir, name))
    .map((name) => readResolvedSweep(resultsDir, name))
    .find((sweep) => sweep?.file === file);
}
