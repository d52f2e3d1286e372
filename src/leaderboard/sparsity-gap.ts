import { points } from './format.ts';

/** Rows whose achieved sparsities lie further apart than this are not held against each other without a mark. */
const comparableGap = 0.002;

/** Whether two achieved sparsities lie too far apart; not for what is left of their digits after subtraction. */
export function isTooFar(gap: number): boolean {
  return gap - comparableGap > 1e-9;
}

/** Such a gap in points, with as many digits as tell it from the limit. */
export function gapText(gap: number): string {
  const digits = [1, 2, 3, 4].find((count) => Number(points(gap, count)) > 100 * comparableGap);
  return points(gap, digits ?? 5);
}
