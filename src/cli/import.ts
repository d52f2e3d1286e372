import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { type ColumnMap, columnRoles } from '../leaderboard/import-columns.ts';
import { importTable } from '../leaderboard/import-table.ts';
import type { ImportFile } from '../leaderboard/imported-result.ts';
import { toTerminal } from '../leaderboard/to-terminal.ts';
import { errorCode, writeFileAtomic } from '../store/atomic-file.ts';
import { sweepPaths } from '../store/paths.ts';
import { type ResolvedSweep, readResolvedSweep, writeResolvedSweep } from '../store/sweep-folder.ts';
import { otherThanUtf8, parseSweepFile, SweepFileProblems } from '../sweep/index.ts';
import { importsDirOf } from './collect-imports.ts';
import { CommandError } from './command-error.ts';
import { sweepLeaderboard, writeLeaderboard } from './leaderboard.ts';
import { defaultResultsDir, toPath } from './project.ts';

type Options = { results: string; into?: string; questions?: string; column: Partial<ColumnMap> };

/** `import FILE.csv`: results made elsewhere, in a leaderboard of their own or beside a sweep's. */
export function register(program: Command): void {
  program
    .command('import')
    .description('put results made elsewhere (a W&B export, any CSV table) into a leaderboard, marked as imported')
    .argument('<file>', 'CSV with strategy, task, sparsity, seed and score')
    .option('--into <sweep>', 'name of the sweep to put them beside (default: one of their own, named after the file)')
    .option('--questions <file>', 'sweep file whose questions are to be answered, for a sweep of their own')
    .option('--column <role=name>', `which column holds what; roles: ${columnRoles.join(', ')}`, addColumn, {})
    .option('--results <dir>', 'folder for results', toPath, defaultResultsDir)
    .action(async (file: string, { results: resultsDir, into, questions, column }: Options) => {
      const table = importTable(readText(file), basename(file), column);
      const sweep = sweepFor(resultsDir, into ?? nameOf(file), into !== undefined, questions);
      const dir = importsDirOf(sweepPaths(resultsDir, sweep.name).dir);
      mkdirSync(dir, { recursive: true });
      const kept: ImportFile = { schemaVersion: 1, notes: [...table.notes], results: [...table.results] };
      writeFileAtomic(join(dir, `${nameOf(file)}.json`), `${JSON.stringify(kept)}\n`);
      const board = await sweepLeaderboard(resultsDir, sweep, { examples: true });
      writeLeaderboard(resultsDir, board);
      console.log(toTerminal(board, process.stdout.columns ?? 160).trimEnd());
    });
}

function addColumn(value: string, earlier: Partial<ColumnMap>): Partial<ColumnMap> {
  const [role = '', ...rest] = value.split('=');
  const name = rest.join('=');
  if (!columnRoles.some((known) => known === role) || name === '') {
    throw new InvalidArgumentError(`Expected ROLE=NAME with one of the roles ${columnRoles.join(', ')}.`);
  }
  return { ...earlier, [role]: name };
}

function readText(file: string): string {
  try {
    const bytes = readFileSync(file);
    const wrong = otherThanUtf8(bytes);
    if (wrong) throw new CommandError(`${file}:${wrong.line}: ${wrong.message}. Save the file as UTF-8`);
    return bytes.toString('utf8');
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') throw new CommandError(`${file}: expected a file, found nothing there`);
    if (code === 'EISDIR') throw new CommandError(`${file}: expected a file, found a folder`);
    throw error;
  }
}

function readSweepText(file: string): string {
  const text = readText(file);
  const parsed = parseSweepFile(text, file);
  if (!parsed.ok) throw new SweepFileProblems(parsed.errors);
  return text;
}

/** A sweep's name made of a file's: small letters, digits and hyphens. */
function nameOf(file: string): string {
  const plain = basename(file)
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return plain === '' || plain === 'stages' ? 'imported' : plain.slice(0, 64);
}

function sweepFor(resultsDir: string, name: string, mustExist: boolean, questions: string | undefined): ResolvedSweep {
  const known = existsSync(sweepPaths(resultsDir, name).sweep) ? readResolvedSweep(resultsDir, name) : undefined;
  if (known && (mustExist || known.runs.length === 0)) {
    if (questions !== undefined && known.runs.length > 0) {
      throw new CommandError(
        `The sweep \`${name}\` has its own questions: leave --questions out, or import into a sweep of another name`,
      );
    }
    if (questions === undefined) return known;
  }
  if (known && known.runs.length > 0) {
    throw new CommandError(`There is a sweep \`${name}\` already. To put the results beside its own: --into ${name}`);
  }
  if (!known && mustExist)
    throw new CommandError(
      `There is no sweep \`${name}\` in ${resultsDir} to put the results beside: leave --into out`,
    );
  const sweep: ResolvedSweep = {
    schemaVersion: 1,
    name,
    file: questions === undefined ? '' : resolve(questions),
    text: questions === undefined ? '' : readSweepText(questions),
    threads: 1,
    device: 'cpu',
    glueDir: null,
    runs: [],
    stages: [],
  };
  mkdirSync(sweepPaths(resultsDir, name).dir, { recursive: true });
  writeResolvedSweep(resultsDir, sweep);
  return sweep;
}
