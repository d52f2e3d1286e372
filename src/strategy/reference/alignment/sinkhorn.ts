import type { Alignment } from '../../specification/alignment.ts';
import { logSumExp } from './log-sum-exp.ts';
import { type AlignmentProblem, columnsAlive, distanceAt } from './problem.ts';

const smallestMean = 1e-12;

/**
 * Entropic transport plan with uniform margins, k times. In the log domain.
 * Source: Cuturi 2013 (arXiv 1306.0895); costs are divided by their mean.
 */
export function alignSinkhorn(
  { regularisation: epsilon, iterations }: Extract<Alignment, { kind: 'sinkhorn' }>,
  { distances, alive, drawn }: AlignmentProblem,
): number[][] {
  const columns = columnsAlive(alive);
  const weights = drawn.map(() => alive.map(() => 0));
  if (columns.length === 0) return weights;
  const raw = drawn.map((_, row) => columns.map((column) => distanceAt(distances, row, column)));
  const mean = raw.flat().reduce((sum, value) => sum + value, 0) / (drawn.length * columns.length);
  const cost = raw.map((row) => row.map((value) => value / Math.max(mean, smallestMean)));
  const at = (i: number, j: number) => cost[i]?.[j] as number;
  const rowMass = Math.log(1 / drawn.length);
  const columnMass = Math.log(1 / columns.length);
  let f = drawn.map(() => 0);
  let g = columns.map(() => 0);
  for (let iteration = 0; iteration < iterations; iteration++) {
    g = g.map((_, j) => epsilon * (columnMass - logSumExp(f.map((fi, i) => (fi - at(i, j)) / epsilon))));
    f = f.map((_, i) => epsilon * (rowMass - logSumExp(g.map((gj, j) => (gj - at(i, j)) / epsilon))));
  }
  for (const [i, row] of weights.entries()) {
    for (const [j, column] of columns.entries()) {
      row[column] = drawn.length * Math.exp(((f[i] as number) + (g[j] as number) - at(i, j)) / epsilon);
    }
  }
  return weights;
}
