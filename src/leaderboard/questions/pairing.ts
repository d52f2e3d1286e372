import { mean } from 'simple-statistics';
import { compareChoices } from '../choices.ts';
import { factorValue, replicateKey } from '../configuration.ts';
import type { Outcome, ParameterValue, RunRecord } from '../records.ts';
import { plainDifference } from '../statistics/paired.ts';
import type { Question } from './question.ts';

/** One seed of a cell: its runs in each group, and the difference once all of them are in. */
export type Pair = {
  readonly replicate: string;
  /** By value of the factor. */
  readonly groups: readonly [
    ReadonlyMap<ParameterValue, readonly RunRecord[]>,
    ReadonlyMap<ParameterValue, readonly RunRecord[]>,
  ];
  readonly state: 'complete' | 'waiting' | 'failed';
  readonly difference: number | null;
};

export type Cell = {
  readonly label: string;
  readonly values: Readonly<Record<string, ParameterValue>>;
  readonly pairs: readonly Pair[];
  /** Seeds that only one of the groups was planned for. */
  readonly unpaired: number;
};

/** The runs that a question is about, by the values of its `within` factors and by seed. */
export function pairUp(records: readonly RunRecord[], question: Question): Cell[] {
  const values = question.groups.flat();
  const concerned = records.filter((record) => values.includes(factorValue(record, question.factor) ?? ''));
  const withins = question.within.filter((factor) =>
    concerned.some((record) => factorValue(record, factor) !== undefined),
  );
  const cells = Map.groupBy(concerned, (record) =>
    JSON.stringify(withins.map((factor) => factorValue(record, factor) ?? null)),
  );
  const varying = withins.filter((factor) => new Set(concerned.map((record) => factorValue(record, factor))).size > 1);
  return [...cells.values()]
    .flatMap((runs): Cell[] => {
      const [first] = runs;
      if (!first) return [];
      const own = Object.fromEntries(withins.flatMap((factor) => entryOf(first, factor)));
      const label = varying.map((factor) => labelOf(factor, own[factor])).join(', ');
      const bySeed = Map.groupBy(runs, replicateKey);
      const pairs = [...bySeed].flatMap(([replicate, seedRuns]) => pairOf(replicate, seedRuns, question));
      return [{ label, values: own, pairs, unpaired: bySeed.size - pairs.length }];
    })
    .filter(({ pairs }) => pairs.length > 0)
    .sort((a, b) => compareValues(Object.values(a.values), Object.values(b.values)));
}

/** The number a question is about. */
export function metricOf({ score, sparsity, speedup, metrics }: Outcome, metric: string): number | null {
  if (metric === 'score') return score;
  if (metric === 'sparsity') return sparsity;
  if (metric === 'speedup') return speedup;
  return metrics[metric] ?? null;
}

/** Whether no run of a complete pair ever chose differently from, or scored differently than, its counterpart. */
export function areIdentical(pairs: readonly Pair[]): boolean {
  const complete = pairs.filter(({ state }) => state === 'complete');
  return (
    complete.length > 0 &&
    complete.every(({ groups, difference }) => {
      const [first, second] = groups.map((group) => [...group.values()].flat());
      if (difference !== 0 || first?.length !== 1 || second?.length !== 1) return false;
      const [a, b] = [first[0]?.prune?.choices, second[0]?.prune?.choices];
      if (!a || !b) return false;
      const { steps, differing } = compareChoices(a, b);
      return steps > 0 && differing === 0;
    })
  );
}

/** Largest distance of achieved sparsities within a pair. */
export function sparsityGapOf(pairs: readonly Pair[]): number {
  return Math.max(
    0,
    ...pairs.flatMap(({ groups }) => {
      const sparsities = groups
        .flatMap((group) => [...group.values()].flat())
        .flatMap(({ outcome }) => outcome?.sparsity ?? []);
      return sparsities.length === 0 ? [] : [Math.max(...sparsities) - Math.min(...sparsities)];
    }),
  );
}

function pairOf(replicate: string, runs: readonly RunRecord[], question: Question): Pair[] {
  const [first, second] = question.groups.map((group) =>
    Map.groupBy(
      runs.filter((run) => group.includes(factorValue(run, question.factor) ?? '')),
      (run) => factorValue(run, question.factor) ?? '',
    ),
  );
  // A seed that only one group was planned for is no pair.
  if (!first || !second || first.size < question.groups[0].length || second.size < question.groups[1].length) return [];
  const outcomes = (group: ReadonlyMap<ParameterValue, readonly RunRecord[]>) =>
    [...group.values()].map((some) => some.map(({ outcome }) => (outcome ? metricOf(outcome, question.metric) : null)));
  const numbers = [outcomes(first), outcomes(second)];
  if (runs.some(({ state }) => state === 'failed'))
    return [{ replicate, groups: [first, second], state: 'failed', difference: null }];
  if (numbers.flat(2).includes(null))
    return [{ replicate, groups: [first, second], state: 'waiting', difference: null }];
  // Each value of the factor counts the same, however many runs it has.
  const [a, b] = numbers.map((group) => mean(group.map((some) => mean(some.map((value) => value ?? 0)))));
  return [{ replicate, groups: [first, second], state: 'complete', difference: plainDifference(a ?? 0, b ?? 0) }];
}

function entryOf(record: RunRecord, factor: string): [string, ParameterValue][] {
  const value = factorValue(record, factor);
  return value === undefined ? [] : [[factor, value]];
}

function labelOf(factor: string, value: ParameterValue | undefined): string {
  if (value === undefined) return `${factor} unknown`;
  return factor === 'task' ? `${value}` : `${factor} ${value}`;
}

function compareValues(a: readonly ParameterValue[], b: readonly ParameterValue[]): number {
  for (const [i, value] of a.entries()) {
    const other = b[i];
    if (value === other || other === undefined) continue;
    if (typeof value === 'number' && typeof other === 'number') return value - other;
    return String(value) < String(other) ? -1 : 1;
  }
  return 0;
}
