import { CsvError, parse } from 'csv-parse/sync';
import { findTask, taskNames } from '../glue/tasks.ts';
import { type ColumnMap, findColumns, ImportError } from './import-columns.ts';
import { readNumber } from './import-number.ts';
import { asShares, mixedUnits } from './import-units.ts';
import type { ImportedResult } from './imported-result.ts';

export type ImportedTable = {
  readonly results: readonly ImportedResult[];
  /** Rows that were passed over, and how numbers were read: one sentence each. */
  readonly notes: readonly string[];
};

/** More errors than this say nothing new. */
const mostErrors = 20;

type Row = { readonly line: number; readonly fields: Readonly<Record<string, string>>; readonly delimiter: string };

/**
 * Reads results made elsewhere from CSV: a W&B export, or any table with strategy, task, sparsity, seed and score.
 *
 * @throws ImportError naming every wrong row and column at once.
 */
export function importTable(text: string, file: string, columns: Partial<ColumnMap> = {}): ImportedTable {
  const { header, rows } = readRows(text, file);
  const map = findColumns(header, file, columns);
  const stateColumn = header.find((name) => name.toLowerCase() === 'state');
  const isUsed = ({ fields }: Row) => stateColumn === undefined || fields[stateColumn]?.toLowerCase() === 'finished';
  const used = rows.filter(isUsed);
  const errors: string[] = [];
  const fail = (row: Row, column: string, problem: string) =>
    errors.push(`${file}:${row.line} column \`${column}\`: ${problem}`);
  const results = used.map((row) => readRow(row, map, file, fail));
  errors.push(...duplicates(results, map));
  // Of wrong numbers no unit can be told.
  if (errors.length === 0) errors.push(...mixedUnits(results, map));
  if (errors.length > 0) {
    const more = errors.length > mostErrors ? [`… and ${errors.length - mostErrors} more`] : [];
    throw new ImportError([...errors.slice(0, mostErrors), ...more].join('\n'));
  }
  if (used.length === 0)
    throw new ImportError(
      `${file}: Expected at least one finished run, found ${counted(rows.length, 'row')} and none finished`,
    );
  const scores = asShares(results.map(({ score }) => score));
  const sparsities = asShares(results.map(({ sparsity }) => sparsity));
  const achieved = asShares(results.map(({ achievedSparsity }) => achievedSparsity));
  return {
    results: results.map((result, i) => ({
      ...result,
      score: scores.values[i] ?? 0,
      sparsity: sparsities.values[i] ?? null,
      achievedSparsity: achieved.values[i] ?? null,
    })),
    notes: [
      `${file}: scores from column \`${map.score}\`, read as ${scores.isPercent ? 'percent' : 'shares of 1'}.`,
      ...(map.sparsity === null
        ? [`${file}: no column for sparsity (\`--column sparsity=NAME\` names one): taken as all of one sparsity.`]
        : []),
      ...(used.length < rows.length
        ? [`${file}: ${counted(rows.length - used.length, 'row')} left out, whose state is not "finished".`]
        : []),
    ],
  };
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

function readRows(text: string, file: string): { header: string[]; rows: Row[] } {
  const delimiter = delimiterOf(text);
  try {
    const header: string[] = [];
    const parsed = parse(text, {
      bom: true,
      delimiter,
      columns: (names: string[]) => {
        header.push(...names.map((name) => name.trim()));
        return header;
      },
      info: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as { record: Record<string, string>; info: { lines: number } }[];
    if (header.length === 0) throw new ImportError(`${file}: Expected a table with a header, found an empty file`);
    const twice = header.find((name, i) => name !== '' && header.indexOf(name) < i);
    if (twice !== undefined) throw new ImportError(`${file}:1 Expected each column once, found \`${twice}\` twice`);
    return { header, rows: parsed.map(({ record, info }) => ({ line: info.lines, fields: record, delimiter })) };
  } catch (error) {
    if (error instanceof CsvError) throw new ImportError(`${file}: Expected CSV: ${error.message}`);
    throw error;
  }
}

/** As spreadsheets write it: a comma, or what locales with decimal commas use. */
function delimiterOf(text: string): string {
  const [header = ''] = text.split('\n', 1);
  const count = (delimiter: string) => header.split(delimiter).length;
  return [',', ';', '\t'].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}

type Fail = (row: Row, column: string, problem: string) => void;

function readRow(row: Row, map: ColumnMap, file: string, fail: Fail): ImportedResult {
  const text = (column: string) => row.fields[column] ?? '';
  const number = (column: string | null, isNeeded: boolean): number | null => {
    if (column === null) return null;
    const written = text(column);
    if (written === '' && !isNeeded) return null;
    const value = readNumber(written, row.delimiter);
    if (value !== null) return value;
    fail(row, column, `expected a number, found ${JSON.stringify(written)}`);
    return null;
  };
  const task = findTask(text(map.task));
  if (!task) fail(row, map.task, `expected a task (${taskNames.join(', ')}), found ${JSON.stringify(text(map.task))}`);
  const strategy = strategyOf(text(map.strategy), map.strategy);
  if (strategy === '') fail(row, map.strategy, 'expected the name of a strategy, found nothing');
  const seed = number(map.seed, true) ?? 0;
  if (!Number.isSafeInteger(seed)) fail(row, map.seed, `expected a whole number, found ${seed}`);
  const score = number(map.score, true) ?? 0;
  if (Math.abs(score) > 100) fail(row, map.score, `expected a share of 1 or percent, found ${score}`);
  const sparsity = number(map.sparsity, false);
  if (sparsity !== null && (sparsity < 0 || sparsity > 100))
    fail(row, map.sparsity ?? '', `expected a share of 1 or percent, found ${sparsity}`);
  const achieved = number(map.achievedSparsity, false);
  if (achieved !== null && (achieved < 0 || achieved > 100))
    fail(row, map.achievedSparsity ?? '', `expected a share of 1 or percent, found ${achieved}`);
  const k = number(map.k, false);
  if (k !== null && (!Number.isInteger(k) || k < 1)) fail(row, map.k ?? '', `expected a number of layers, found ${k}`);
  return {
    source: `${file}:${row.line}`,
    task: task?.name ?? '',
    strategy,
    k,
    sparsity,
    seed,
    metric: task?.primaryMetric ?? '',
    score,
    achievedSparsity: achieved,
    speedup: number(map.speedup, false),
  };
}

/** Upstream calls its strategies by the number of its flag. */
function strategyOf(written: string, column: string): string {
  return column.endsWith('layer_distill_version') && /^\d+$/.test(written) ? `published/v${written}` : written;
}

function duplicates(results: readonly ImportedResult[], map: ColumnMap): string[] {
  // What tells them apart may stand in a column that was not recognised.
  const unknown = (['k', 'sparsity'] as const).filter((role) => map[role] === null);
  const hint = unknown.map((role) => `, or name what tells them apart: --column ${role}=NAME`).at(-1) ?? '';
  const key = ({ task, strategy, k, sparsity, seed }: ImportedResult) =>
    JSON.stringify([task, strategy, k, sparsity, seed]);
  return [...Map.groupBy(results, key).values()].flatMap(([first, ...others]) =>
    others.map(
      ({ source, task, strategy, seed }) =>
        `${source}: the same task, strategy, k, sparsity and seed as ${first?.source} (${task}, ${strategy}, seed ${seed}): keep one${hint}`,
    ),
  );
}
