import { lstatSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { lastAttempt } from '../store/claim.ts';
import { readResolvedSweep, sweepHolder } from '../store/sweep-folder.ts';
import { CommandError } from './command-error.ts';
import { sweepNames } from './find-sweep.ts';
import { printJson } from './json-shapes.ts';
import { defaultResultsDir, toPath } from './project.ts';

type Options = { results: string; yes?: boolean; json?: boolean };
type Garbage = { readonly path: string; readonly bytes: number };

/** `gc`: removes stages that no sweep of the results folder refers to, after showing them. */
export function register(program: Command): void {
  program
    .command('gc')
    .description('remove stages that no sweep in the results folder refers to any more; shows them first')
    .option('--results <dir>', 'folder for results', toPath, defaultResultsDir)
    .option('--yes', 'without asking')
    .option('--json', 'print them as JSON; removes them only with --yes')
    .action(async (options: Options) => {
      const garbage = findGarbage(options.results);
      const total = garbage.reduce((sum, { bytes }) => sum + bytes, 0);
      if (options.json) printJson('gc', { garbage, bytes: total, removed: options.yes ?? false });
      else for (const { path, bytes } of garbage) console.log(`${megabytes(bytes).padStart(10)}  ${path}`);
      if (garbage.length === 0) {
        if (!options.json) console.log('Nothing to remove: sweeps refer to every stage that is there.');
        return;
      }
      if (options.json && !options.yes) return;
      if (!(options.yes || (await confirm(`Remove these ${garbage.length} (${megabytes(total)})? [y/N] `)))) return;
      for (const { path } of garbage) rmSync(path, { recursive: true, force: true });
      if (!options.json) console.log(`Removed ${garbage.length}, ${megabytes(total)}.`);
    });
}

function findGarbage(resultsDir: string): Garbage[] {
  const stagesDir = join(resultsDir, 'stages');
  if (!lstatSync(stagesDir, { throwIfNoEntry: false })?.isDirectory()) return [];
  // A link could lead anywhere, and what lies there is not ours to judge.
  if (realpathSync(stagesDir) !== join(realpathSync(resultsDir), 'stages')) {
    throw new CommandError(`${stagesDir} leads out of ${resultsDir}: gc removes nothing there`);
  }
  const referred = new Set<string>();
  for (const name of sweepNames(resultsDir)) {
    if (sweepHolder(resultsDir, name))
      throw new CommandError(`The sweep \`${name}\` is being run: wait for it, or stop it first`);
    for (const { key } of readResolvedSweep(resultsDir, name)?.stages ?? []) referred.add(key);
  }
  return readdirSync(stagesDir, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith('.') && !referred.has(entry.name))
    .filter((entry) => !entry.isDirectory() || !isLive(join(stagesDir, entry.name)))
    .map((entry) => ({ path: join(stagesDir, entry.name), bytes: sizeOf(join(stagesDir, entry.name)) }));
}

function isLive(stageDir: string): boolean {
  const { kind } = lastAttempt(stageDir);
  return kind === 'live' || kind === 'elsewhere';
}

/** Links count as themselves, not as what they lead to. */
function sizeOf(path: string): number {
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new CommandError('Not removed: there is no terminal to ask. Say --yes');
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await prompt.question(question)).trim());
  } finally {
    prompt.close();
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
