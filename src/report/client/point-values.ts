import type { ReportedPoint } from '../data.ts';
import { show, type Values } from './chart.ts';
import type { Point } from './points.ts';

const head = ['arm', 'seed', 'score, %', 'achieved sparsity, %', 'k', 'device time, s'];

/** The numbers of a chart of runs: every run, and below them what is drawn through or beside the points. */
export function pointValues(points: readonly Point[], further: () => readonly (readonly string[])[]): Values {
  return { head, rows: () => [...points.map((point) => rowOf(point.label, `${point.seed}`, point)), ...further()] };
}

export function meanRow(label: string, mean: Point): string[] {
  return rowOf(label, 'mean', { ...mean, seconds: null });
}

export function reportedRow({ method, source, score, sparsity }: ReportedPoint): string[] {
  return rowOf(`published, ${method}`, source, { score, sparsity, k: null, seconds: null });
}

/** The best score to expect of so many runs. */
export function budgetRow(label: string, count: number, score: number, seconds: number): string[] {
  return rowOf(label, `best of ${count}`, { score, sparsity: null, k: null, seconds });
}

function rowOf(
  label: string,
  which: string,
  { score, sparsity, k, seconds }: Pick<Point, 'score' | 'sparsity' | 'k' | 'seconds'>,
): string[] {
  const orEmpty = (value: number | null, digits: number) => (value === null ? '' : show(value, digits));
  return [label, which, show(score), orEmpty(sparsity, 2), orEmpty(k, 0), orEmpty(seconds, 1)];
}
