import { factorial, linearRegression, mean } from 'simple-statistics';
import type { ParameterValue } from '../records.ts';
import { holm } from '../statistics/holm.ts';
import { levelPermutationTest } from '../statistics/level-permutation.ts';
import { comparePaired, type Interval } from '../statistics/paired.ts';
import { plannedLevel } from '../statistics/power.ts';
import { pairedTTest } from '../statistics/tost.ts';
import type { Cell } from './pairing.ts';
import type { Interaction, Question } from './question.ts';
import { interactionSentence } from './sentence.ts';

/** For each factor that the cells differ in, whether the difference depends on it; none before every declared seed is in. */
export function interactionsOf(cells: readonly Cell[], question: Question): Interaction[] {
  if (cells.some(({ pairs }) => pairs.some(({ state }) => state !== 'complete'))) return [];
  const factors = [...new Set(cells.flatMap(({ values }) => Object.keys(values)))];
  const tested = factors.flatMap((factor) => testFactor(cells, factor) ?? []);
  const pHolm = holm(tested.map(({ p }) => p ?? 1));
  return tested.map((interaction, i): Interaction => {
    const needed = fewestSeeds(interaction, tested.length);
    const adjusted = { ...interaction, needed, pHolm: interaction.p === null ? null : (pHolm[i] ?? null) };
    return { ...adjusted, sentence: interactionSentence(adjusted, question) };
  });
}

function testFactor(cells: readonly Cell[], factor: string): Omit<Interaction, 'sentence' | 'pHolm' | 'needed'> | null {
  const levels = [...new Set(cells.flatMap(({ values }) => values[factor] ?? []))];
  if (levels.length < 2) return null;
  const rows = rowsBySeed(cells, factor, levels);
  const effects = levels.map((_, level) => (rows.length === 0 ? 0 : mean(rows.map((row) => row[level] ?? 0))));
  const found = { factor, levels, effects, pairs: rows.length };
  if (rows.length < 2) return { ...found, change: null, interval: null, p: null };
  return { ...found, ...changeOf(rows, levels) };
}

type Change = { readonly change: number | null; readonly interval: Interval | null; readonly p: number | null };

/** A slope by seed where levels have an order, the difference of two, else an exchange test. */
function changeOf(rows: readonly (readonly number[])[], levels: readonly ParameterValue[]): Change {
  const numbers = levels.filter((level) => typeof level === 'number');
  if (numbers.length < levels.length && levels.length > 2) {
    return { change: null, interval: null, p: levelPermutationTest(rows).p };
  }
  const isOrdered = numbers.length === levels.length;
  const positions = isOrdered ? numbers : levels.map((_, i) => i);
  const span = Math.max(...positions) - Math.min(...positions);
  // Over the whole range of the factor, so that the change is in the metric's unit.
  const slopes = rows.map((row) => span * linearRegression(positions.map((x, i) => [x, row[i] ?? 0])).m);
  const { mean: change, interval, p } = comparePaired(slopes);
  return { change, interval, p: p ?? pairedTTest(slopes) };
}

/** Seeds that the test of a factor needs to reach the level at all, after Holm over so many factors. */
function fewestSeeds({ levels, change }: Pick<Interaction, 'levels' | 'change'>, tests: number): number {
  // Two levels, or a slope: signs are flipped. Else levels are exchanged: of k!^n arrangements k! give the observed spread.
  const arrangements = change === null ? factorial(levels.length) : 2;
  let seeds = 1;
  while (tests * arrangements ** (1 - seeds) > plannedLevel.alpha) seeds++;
  return seeds;
}

/** One row a seed, one column a level: the mean difference over the cells of that level; of the seeds that have every cell. */
function rowsBySeed(cells: readonly Cell[], factor: string, levels: readonly ParameterValue[]): number[][] {
  const differences = cells.map(
    (cell) =>
      new Map(
        cell.pairs.flatMap(({ replicate, difference }) => (difference === null ? [] : [[replicate, difference]])),
      ),
  );
  const replicates = [...(differences[0]?.keys() ?? [])].filter((replicate) =>
    differences.every((some) => some.has(replicate)),
  );
  return replicates.map((replicate) =>
    levels.map((level) =>
      mean(cells.flatMap((cell, i) => (cell.values[factor] === level ? [differences[i]?.get(replicate) ?? 0] : []))),
    ),
  );
}
