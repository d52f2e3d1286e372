import { existsSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { sweepPaths } from '../store/paths.ts';
import { type ResolvedSweep, readResolvedSweep } from '../store/sweep-folder.ts';
import { CommandError } from './command-error.ts';
import { findSweep, sweepNames } from './find-sweep.ts';

export type SweepAt = { readonly resultsDir: string; readonly sweep: ResolvedSweep };

/** The sweep meant by a name, a results folder (`results/NAME`) or a sweep file; without any the latest. */
export function sweepAt(resultsDir: string, argument: string | undefined): SweepAt {
  const isFolder = argument !== undefined && statSync(argument, { throwIfNoEntry: false })?.isDirectory();
  // A folder that happens to be called like a sweep is not what is meant by its name.
  if (isFolder && !sweepNames(resultsDir).includes(argument)) return sweepInFolder(resolve(argument));
  return { resultsDir, sweep: findSweep(resultsDir, argument) };
}

function sweepInFolder(dir: string): SweepAt {
  const resultsDir = dirname(dir);
  const name = basename(dir);
  const path = sweepPaths(resultsDir, name).sweep;
  if (!existsSync(path)) {
    throw new CommandError(
      `${dir}: Expected a sweep's results folder, found no sweep.json in it. Give results/NAME, or the sweep's name.`,
    );
  }
  const sweep = readResolvedSweep(resultsDir, name);
  if (!sweep) throw new CommandError(`${path} cannot be read`);
  if (sweep.name !== name) {
    throw new CommandError(
      `${path}: Expected the sweep \`${name}\`, found \`${sweep.name}\`: the folder was renamed. Rename it back.`,
    );
  }
  return { resultsDir, sweep };
}
