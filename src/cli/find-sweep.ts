import { existsSync, readdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { closest } from 'fastest-levenshtein';
import { sweepPaths } from '../store/paths.ts';
import { type ResolvedSweep, readResolvedSweep } from '../store/sweep-folder.ts';
import { CommandError } from './command-error.ts';

/** The sweep meant by a name or a sweep file; without either the one that ran last. */
export function findSweep(resultsDir: string, nameOrFile: string | undefined): ResolvedSweep {
  const names = sweepNames(resultsDir);
  if (names.length === 0) throw new CommandError(`There are no sweeps in ${resultsDir} yet. Run one: npm run sweep`);
  const name = nameOrFile === undefined ? names[0] : nameOf(resultsDir, names, nameOrFile);
  const sweep = name === undefined ? undefined : readResolvedSweep(resultsDir, name);
  if (sweep) return sweep;
  const near = closest(nameOrFile ?? '', names);
  throw new CommandError(
    `There is no sweep \`${nameOrFile}\` in ${resultsDir}. Did you mean \`${near}\`? There are: ${names.join(', ')}`,
  );
}

/** Names of the sweeps in a results folder, the latest used first. */
export function sweepNames(resultsDir: string): string[] {
  if (!existsSync(resultsDir)) return [];
  return readdirSync(resultsDir)
    .map((name) => {
      const { journal, sweep } = sweepPaths(resultsDir, name);
      // A sweep of imported results has no journal.
      const [stat] = [journal, sweep].flatMap((path) => statSync(path, { throwIfNoEntry: false }) ?? []);
      return { name, stat };
    })
    .flatMap(({ name, stat }) => (stat ? [{ name, atMs: stat.mtimeMs }] : []))
    .sort((a, b) => b.atMs - a.atMs)
    .map(({ name }) => name);
}

function nameOf(resultsDir: string, names: readonly string[], nameOrFile: string): string | undefined {
  if (names.includes(nameOrFile)) return nameOrFile;
  return names.find((name) => readResolvedSweep(resultsDir, name)?.file === resolve(nameOrFile));
}
