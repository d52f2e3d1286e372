import type { Command } from 'commander';
import { sendCommand } from '../store/control-channel.ts';
import { sweepPaths } from '../store/paths.ts';
import { sweepHolder } from '../store/sweep-folder.ts';
import { findSweep } from './find-sweep.ts';
import { printJson } from './json-shapes.ts';
import { asRun, type RunOptions, withRunOptions } from './run-options.ts';
import { runSweepFile } from './run-sweep.ts';
import { sweepState } from './sweep-state.ts';

/** `retry [SWEEP]`: starts its failed stages anew, in the process that runs it or in this one. */
export function register(program: Command): void {
  const command = program
    .command('retry')
    .description("start a sweep's failed stages anew, and what was waiting for them")
    .argument('[sweep]', 'name or file of a sweep; the latest without')
    .option('--failed', 'those that failed (the only choice, and the default)', true)
    .option('--json', 'print what came of it as JSON');
  withRunOptions(command).action(async (name: string | undefined, options: RunOptions) => {
    const sweep = findSweep(options.results, name);
    if (!sweepHolder(options.results, sweep.name)) {
      process.exitCode = await runSweepFile(sweep.file, { ...asRun(sweep), ...options }, true);
      return;
    }
    const keys = sweepState(options.results, sweep)
      .stages.filter(({ state }) => state === 'failed')
      .map(({ key }) => key);
    const taken = await sendCommand(sweepPaths(options.results, sweep.name).control, { command: 'retry', keys });
    const said = taken ? `${keys.length} failed stages start anew` : 'its process did not answer';
    if (options.json) printJson('retry', { sweep: sweep.name, taken, stages: keys });
    else console.log(`${sweep.name}: ${said}`);
    if (!taken) process.exitCode = 1;
  });
}
