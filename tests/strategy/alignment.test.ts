import fc from 'fast-check';
import { expect, test } from 'vitest';
import { range } from '../../src/strategy/random/python-random.ts';
import { align } from '../../src/strategy/reference/alignment/index.ts';
import { type AlignmentProblem, columnsAlive } from '../../src/strategy/reference/alignment/problem.ts';
import type { Alignment } from '../../src/strategy/specification/alignment.ts';

// Small whole distances make exact ties common and sums exact.
const problems = fc
  .record({ k: fc.integer({ min: 1, max: 4 }), students: fc.integer({ min: 1, max: 6 }) })
  .chain(({ k, students }) =>
    fc.record({
      distances: matrix(k, students, fc.integer({ min: 0, max: 6 })),
      scores: matrix(k, students, fc.integer({ min: -9, max: 9 })),
      alive: fc.array(fc.boolean(), { minLength: students, maxLength: students }),
      drawn: fc.array(fc.integer({ min: 0, max: students - 1 }), { minLength: k, maxLength: k }),
    }),
  );

const alignments: readonly Alignment[] = [
  { kind: 'identity' },
  { kind: 'nearest' },
  { kind: 'ordered-greedy', from: 'top', fallback: 'drop' },
  { kind: 'ordered-greedy', from: 'bottom', fallback: 'repeat' },
  { kind: 'monotone', repeats: false },
  { kind: 'monotone', repeats: true },
  { kind: 'one-to-one' },
  { kind: 'attention', temperature: 1, gradientThroughWeights: false },
  { kind: 'student-to-teacher' },
  { kind: 'nearest-surviving' },
  { kind: 'reverse' },
  { kind: 'all-to-one' },
  { kind: 'sinkhorn', regularisation: 0.1, iterations: 20, gradientThroughWeights: false },
];

test.each(alignments)(
  '$kind never weighs a layer that may not be matched, and gives nothing where none may',
  (alignment) => {
    fc.assert(
      fc.property(problems, (problem) => {
        const weights = align(alignment, problem);
        expect(weights).toHaveLength(problem.drawn.length);
        for (const row of weights) {
          expect(row).toHaveLength(problem.alive.length);
          expect(row.every((weight, column) => weight >= 0 && (weight === 0 || problem.alive[column]))).toBe(true);
        }
      }),
    );
  },
);

test('a strict monotone matching is the cheapest of all ordered ones', () => {
  fc.assert(
    fc.property(problems, (problem) => {
      const columns = columnsAlive(problem.alive);
      const size = Math.min(problem.drawn.length, columns.length);
      const all = subsets(range(problem.drawn.length), size).flatMap((rows) =>
        subsets(columns, size).map((chosen) =>
          cost(
            problem,
            rows.map((row, index) => [row, chosen[index] as number]),
          ),
        ),
      );
      const matches = matched(align({ kind: 'monotone', repeats: false }, problem));
      expect(matches).toHaveLength(size);
      expect(isIncreasing(matches.map(([, column]) => column))).toBe(true);
      expect(cost(problem, matches)).toBe(Math.min(...all));
    }),
  );
});

test('a monotone matching with repeats is the cheapest of all that do not step back', () => {
  fc.assert(
    fc.property(problems, (problem) => {
      const columns = columnsAlive(problem.alive);
      fc.pre(columns.length > 0);
      const all = sequences(columns, problem.drawn.length).filter((list) =>
        list.every((c, i) => i === 0 || c >= (list[i - 1] as number)),
      );
      const matches = matched(align({ kind: 'monotone', repeats: true }, problem));
      expect(matches.map(([row]) => row)).toEqual(range(problem.drawn.length));
      const chosen = matches.map(([, column]) => column);
      expect(chosen).toEqual(chosen.toSorted((a, b) => a - b));
      expect(cost(problem, matches)).toBe(Math.min(...all.map((list) => cost(problem, [...list.entries()]))));
    }),
  );
});

test('a one-to-one matching is the cheapest assignment, whether rows or columns are fewer', () => {
  fc.assert(
    fc.property(problems, (problem) => {
      const columns = columnsAlive(problem.alive);
      const rows = range(problem.drawn.length);
      const size = Math.min(rows.length, columns.length);
      const all = subsets(rows, size).flatMap((some) =>
        arrangements(columns, size).map((chosen) =>
          cost(
            problem,
            some.map((row, index) => [row, chosen[index] as number]),
          ),
        ),
      );
      const matches = matched(align({ kind: 'one-to-one' }, problem));
      expect(matches).toHaveLength(size);
      expect(new Set(matches.map(([, column]) => column)).size).toBe(size);
      expect(cost(problem, matches)).toBe(Math.min(...all));
    }),
  );
});

test('an ordered greedy matching keeps the order; from the bottom it is that from the top, mirrored but for ties', () => {
  fc.assert(
    fc.property(problems, fc.constantFrom('drop' as const, 'repeat' as const), (problem, fallback) => {
      const distinct = {
        ...problem,
        distances: problem.distances.map((row, i) => row.map((d, j) => d * 100 + i * 10 + j)),
      };
      const top = align({ kind: 'ordered-greedy', from: 'top', fallback }, distinct);
      const mirrored = align({ kind: 'ordered-greedy', from: 'bottom', fallback }, mirror(distinct));
      expect(mirrored.toReversed().map((row) => row.toReversed())).toEqual(top);
      const columns = matched(top).map(([, column]) => column);
      if (fallback === 'drop') expect(isIncreasing(columns)).toBe(true);
      else expect(matched(top)).toHaveLength(problem.alive.includes(true) ? problem.drawn.length : 0);
    }),
  );
});

test('ties go to the lowest index, from either end', () => {
  const problem = {
    distances: [
      [1, 1, 1],
      [1, 1, 1],
    ],
    scores: null,
    alive: [true, true, true],
    drawn: [0, 1],
  };
  const of = (alignment: Alignment) => matched(align(alignment, problem));
  expect(of({ kind: 'nearest' })).toEqual([
    [0, 0],
    [1, 0],
  ]);
  expect(of({ kind: 'student-to-teacher' })).toEqual([
    [0, 0],
    [0, 1],
    [0, 2],
  ]);
  expect(of({ kind: 'ordered-greedy', from: 'top', fallback: 'drop' })).toEqual([[1, 0]]);
  expect(of({ kind: 'ordered-greedy', from: 'bottom', fallback: 'drop' })).toEqual([
    [0, 0],
    [1, 1],
  ]);
  const gap = { ...problem, alive: [true, false, true], drawn: [1, 1] };
  expect(matched(align({ kind: 'nearest-surviving' }, gap))).toEqual([
    [0, 0],
    [1, 0],
  ]);
});

test('attention weights of a surviving student layer add up to 1; a transport plan has uniform rows that add up to k', () => {
  fc.assert(
    fc.property(problems, (problem) => {
      fc.pre(problem.alive.includes(true));
      const attention = align({ kind: 'attention', temperature: 1, gradientThroughWeights: false }, problem);
      for (const column of columnsAlive(problem.alive)) {
        expect(attention.reduce((sum, row) => sum + (row[column] as number), 0)).toBeCloseTo(1, 12);
      }
      const plan = align(
        { kind: 'sinkhorn', regularisation: 0.5, iterations: 30, gradientThroughWeights: false },
        problem,
      );
      for (const row of plan) expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 10);
    }),
  );
});

function matrix(rows: number, columns: number, value: fc.Arbitrary<number>) {
  return fc.array(fc.array(value, { minLength: columns, maxLength: columns }), { minLength: rows, maxLength: rows });
}

function matched(weights: readonly (readonly number[])[]): [number, number][] {
  return weights.flatMap((row, i) => row.flatMap((weight, j): [number, number][] => (weight === 0 ? [] : [[i, j]])));
}

function cost({ distances }: AlignmentProblem, pairs: readonly (readonly [number, number])[]): number {
  return pairs.reduce((sum, [row, column]) => sum + (distances[row]?.[column] as number), 0);
}

function isIncreasing(values: readonly number[]): boolean {
  return values.every((value, index) => index === 0 || value > (values[index - 1] as number));
}

function mirror(problem: AlignmentProblem): AlignmentProblem {
  return {
    distances: problem.distances.toReversed().map((row) => row.toReversed()),
    scores: null,
    alive: problem.alive.toReversed(),
    drawn: problem.drawn.toReversed(),
  };
}

function subsets(values: readonly number[], size: number): number[][] {
  if (size === 0) return [[]];
  return values.flatMap((value, index) => subsets(values.slice(index + 1), size - 1).map((rest) => [value, ...rest]));
}

function arrangements(values: readonly number[], size: number): number[][] {
  if (size === 0) return [[]];
  return values.flatMap((value) =>
    arrangements(
      values.filter((other) => other !== value),
      size - 1,
    ).map((rest) => [value, ...rest]),
  );
}

function sequences(values: readonly number[], length: number): number[][] {
  if (length === 0) return [[]];
  return values.flatMap((value) => sequences(values, length - 1).map((rest) => [value, ...rest]));
}
