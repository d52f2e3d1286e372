import { factorial, mean, variance } from 'simple-statistics';
import { seededRandom } from './random.ts';

const mostExact = 50_000;
const draws = 20_000;

export type LevelTest = {
  readonly p: number;
  /** Whether every arrangement was counted, or a seeded sample of them. */
  readonly exact: boolean;
  /** Smallest p that so many seeds and levels can give. */
  readonly smallest: number;
};

/**
 * Whether a difference depends on a factor of several levels: of one row a seed and one column a level, the levels are
 * exchanged within each seed, and the variance of the column means is held against the observed one.
 */
export function levelPermutationTest(rows: readonly (readonly number[])[]): LevelTest {
  const arrangements = factorial(rows[0]?.length ?? 0);
  const count = arrangements ** rows.length;
  const observed = spread(rows) * (1 - 1e-12);
  return count <= mostExact ? countAll(rows, observed, count) : sample(rows, observed, arrangements / count);
}

function countAll(rows: readonly (readonly number[])[], observed: number, count: number): LevelTest {
  const orders = permutations(rows[0]?.length ?? 0);
  let reached = 0;
  for (let index = 0; index < count; index++) {
    const exchanged = rows.map((row, r) =>
      arranged(row, orders[Math.floor(index / orders.length ** r) % orders.length]),
    );
    if (spread(exchanged) >= observed) reached++;
  }
  return { p: reached / count, exact: true, smallest: orders.length / count };
}

function sample(rows: readonly (readonly number[])[], observed: number, smallest: number): LevelTest {
  const random = seededRandom(rows.length);
  let reached = 1;
  for (let i = 0; i < draws; i++) {
    if (spread(rows.map((row) => shuffle(row, random))) >= observed) reached++;
  }
  return { p: reached / (draws + 1), exact: false, smallest: Math.max(smallest, 1 / (draws + 1)) };
}

function shuffle(row: readonly number[], random: () => number): number[] {
  const shuffled = [...row];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [shuffled[i], shuffled[j]] = [shuffled[j] ?? 0, shuffled[i] ?? 0];
  }
  return shuffled;
}

/** Variance of the means of the columns. */
function spread(rows: readonly (readonly number[])[]): number {
  const levels = rows[0]?.length ?? 0;
  return variance(Array.from({ length: levels }, (_, level) => mean(rows.map((row) => row[level] ?? 0))));
}

function arranged(row: readonly number[], order: readonly number[] = []): number[] {
  return order.map((index) => row[index] ?? 0);
}

function permutations(count: number): number[][] {
  if (count === 0) return [[]];
  return permutations(count - 1).flatMap((rest) =>
    Array.from({ length: count }, (_, at) => [...rest.slice(0, at), count - 1, ...rest.slice(at)]),
  );
}
