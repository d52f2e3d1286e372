import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { commandResultSchema } from '../scheduler/command-score.ts';
import { readFileIfAny, writeFileAtomic } from '../store/atomic-file.ts';
import { resultPathOf, stageDirOf, sweepPaths } from '../store/paths.ts';
import type { ResolvedSweep } from '../store/sweep-folder.ts';
import { parseCommandSweep } from '../sweep/index.ts';

type Row = { readonly parameters: Readonly<Record<string, string>>; readonly scores: readonly number[] };

export function isCommandResult({ stages }: ResolvedSweep): boolean {
  return stages.length > 0 && stages.every(({ stage }) => stage === 'command');
}

export function commandTablePath(resultsDir: string, name: string): string {
  return join(sweepPaths(resultsDir, name).dir, 'leaderboard.csv');
}

/** Writes leaderboard.csv of a sweep of a user's program and returns it as text: a row a configuration over its seeds, best first. */
export function writeCommandTable(resultsDir: string, sweep: ResolvedSweep): string | undefined {
  const parsed = parseCommandSweep(sweep.text, sweep.file);
  if (!parsed.ok) return undefined;
  const { metric } = parsed.sweep;
  const rows = rowsOf(resultsDir, sweep, metric.name);
  if (rows.length === 0) return undefined;
  const sign = metric.goal === 'maximize' ? -1 : 1;
  rows.sort((a, b) => sign * (mean(a.scores) - mean(b.scores)));
  const names = [...new Set(rows.flatMap(({ parameters }) => Object.keys(parameters)))];
  const header = [...names, metric.name, 'sd', 'n'];
  const cells = rows.map(({ parameters, scores }) => [
    ...names.map((name) => parameters[name] ?? ''),
    show(mean(scores)),
    scores.length > 1 ? show(deviation(scores)) : '',
    String(scores.length),
  ]);
  writeFileAtomic(commandTablePath(resultsDir, sweep.name), stringify([header, ...cells], { escape_formulas: true }));
  return align([header, ...cells]);
}

function rowsOf(resultsDir: string, sweep: ResolvedSweep, metric: string): Row[] {
  const rows = new Map<string, { parameters: Record<string, string>; scores: number[] }>();
  for (const { parameters, evaluateKey } of sweep.runs) {
    const text = readFileIfAny(resultPathOf(stageDirOf(resultsDir, evaluateKey)));
    const result = text === undefined ? undefined : commandResultSchema.safeParse(JSON.parse(text));
    const score = result?.success ? result.data.metrics[metric] : undefined;
    if (score === undefined) continue;
    const others = Object.entries(parameters).filter(([name]) => name !== 'seed');
    const id = JSON.stringify(others);
    const row = rows.get(id) ?? {
      parameters: Object.fromEntries(others.map(([name, value]) => [name, String(value)])),
      scores: [],
    };
    rows.set(id, row);
    row.scores.push(score);
  }
  return [...rows.values()];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

function show(value: number): string {
  return String(Number(value.toPrecision(5)));
}

function align(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
