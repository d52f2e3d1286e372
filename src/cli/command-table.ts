import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { readCommandResult } from '../scheduler/command-score.ts';
import { writeFileAtomic } from '../store/atomic-file.ts';
import { resultPathOf, stageDirOf, sweepPaths } from '../store/paths.ts';
import type { ResolvedSweep } from '../store/sweep-folder.ts';
import { onOneLine, parseCommandSweep } from '../sweep/index.ts';

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
  const { rows, unusable } = rowsOf(resultsDir, sweep, metric.name);
  const leftOut = unusable.map((path) => `Left out: ${path} is no result of \`${metric.name}\``).join('\n');
  if (rows.length === 0) return leftOut === '' ? undefined : leftOut;
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
  return `${align([header, ...cells].map((row) => row.map(onOneLine)))}${leftOut === '' ? '' : `\n\n${leftOut}`}`;
}

function rowsOf(resultsDir: string, sweep: ResolvedSweep, metric: string): { rows: Row[]; unusable: string[] } {
  const unusable: string[] = [];
  const rows = new Map<string, { parameters: Record<string, string>; scores: number[] }>();
  for (const { parameters, evaluateKey } of sweep.runs) {
    const dir = stageDirOf(resultsDir, evaluateKey);
    const score = readCommandResult(dir)?.metrics[metric];
    if (score === undefined) {
      if (existsSync(resultPathOf(dir))) unusable.push(resultPathOf(dir));
      continue;
    }
    const others = Object.entries(parameters).filter(([name]) => name !== 'seed');
    const id = JSON.stringify(others);
    const row = rows.get(id) ?? {
      parameters: Object.fromEntries(others.map(([name, value]) => [name, String(value)])),
      scores: [],
    };
    rows.set(id, row);
    row.scores.push(score);
  }
  return { rows: [...rows.values()], unusable };
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
