import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { type ResolvedSweep, readResolvedSweep, sweepHolder } from '../store/sweep-folder.ts';
import { sweepNames } from './find-sweep.ts';
import { defaultResultsDir, projectDir, toPath } from './project.ts';
import { parsePort } from './report.ts';
import { runSweepFile } from './run-sweep.ts';
import { defaultPort } from './serve-report.ts';
import { watchSweep } from './watch.ts';

export type RunOptions = {
  results: string;
  glueDir?: string;
  quiet?: boolean;
  device?: 'cpu' | 'cuda';
  slots?: number;
  serve?: boolean;
  port?: number;
};

export const defaultSweepFile = join(projectDir, 'sweeps', 'quickstart.yaml');

/** `run [FILE]`: runs a sweep, or goes on with it. */
export function register(program: Command): void {
  const command = program
    .command('run')
    .description('run a sweep, or go on with it: the same command again starts only what is missing')
    .argument('[file]', 'sweep file', defaultSweepFile);
  command
    .option('--serve', "serve the sweep's report page on this machine while it runs")
    .option('--port <number>', 'port to serve on', parsePort, defaultPort);
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

export function withRunOptions(command: Command): Command {
  return command
    .option('--results <dir>', 'folder for results', toPath, defaultResultsDir)
    .option('--glue-dir <dir>', 'GLUE in its standard layout (default: $LAYERSWEEP_GLUE_DIR)', toPath)
    .option('--quiet', 'say only what fails, and how it ended')
    .option('--device <kind>', 'cpu or cuda (default: cuda where there is a GPU)', parseDevice)
    .option('--slots <n>', 'stages at once on the CPU (default: cores by threads of a stage)', parseSlots);
}

function parseDevice(value: string): 'cpu' | 'cuda' {
  if (value !== 'cpu' && value !== 'cuda') throw new InvalidArgumentError('Expected cpu or cuda.');
  return value;
}

function parseSlots(value: string): number {
  const count = Number(value);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('Expected a whole number from 1 up.');
  return count;
}
