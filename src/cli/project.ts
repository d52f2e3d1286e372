import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shellWord } from '../store/shell-word.ts';
import { CommandError } from './command-error.ts';

/** Root of the checkout, without a slash at its end. */
export const projectDir = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

export const mainFile = join(projectDir, 'src', 'cli', 'main.ts');
export const defaultResultsDir = join(projectDir, 'results');
export const pythonPath = join(projectDir, 'python');

/** The interpreter that runs stages: the project's own, or $LAYERSWEEP_PYTHON; refuses with the command that makes one. */
export function findPython(): string {
  const given = process.env.LAYERSWEEP_PYTHON;
  if (given !== undefined) {
    if (existsSync(given)) return given;
    throw new CommandError(
      `LAYERSWEEP_PYTHON: expected an interpreter, found nothing at ${given}. Mend it, or unset it`,
    );
  }
  const python = join(projectDir, '.venv', 'bin', 'python');
  if (existsSync(python)) return python;
  throw new CommandError(`There is no Python environment at ${join(projectDir, '.venv')}. Make it: npm run setup`);
}

/** Where set-up has unpacked the embedded sets; null before that. */
export function embeddedDataDir(): string | null {
  const dir = join(projectDir, '.data', 'embedded');
  return existsSync(dir) ? dir : null;
}

/** Parses a path option; commander hands parsers the default as a second argument, which `resolve` would join. */
export function toPath(value: string): string {
  return resolve(value);
}

/** A command as a user types it, with the results folder where it is not the usual one. */
export function asCommand(words: string, resultsDir: string): string {
  return `npx layersweep ${words}${resultsDir === defaultResultsDir ? '' : ` --results ${shellWord(resultsDir)}`}`;
}

/** The environment that stages inherit. */
export function environment(): Record<string, string> {
  const given = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(given);
}
