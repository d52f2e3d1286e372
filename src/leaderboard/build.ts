import { mean } from 'simple-statistics';
import { armLabel } from './arm-label.ts';
import { baselineDifferences, pairedDifferences } from './baseline.ts';
import { type ChoiceDifference, choiceDifferences } from './choices.ts';
import { cellKey, configurationKey, replicateKey, varyingParameters } from './configuration.ts';
import { glueAverages } from './glue-average.ts';
import { boardNotes, rowMarks } from './notes.ts';
import { sortRows } from './order.ts';
import { summariseParity } from './parity-summary.ts';
import { answerQuestion } from './questions/answer.ts';
import type { Correctness, Question } from './questions/question.ts';
import type { Outcome, RunRecord } from './records.ts';
import { reportedBeside } from './reported.ts';
import type { Leaderboard, LeaderboardRow } from './rows.ts';
import { summarise } from './statistics/paired.ts';

export type LeaderboardOptions = {
  readonly name: string;
  /** Strategy that differences are taken to. @default 'none' */
  readonly baseline?: string;
  /** Printed under the tables: what the sweep is, what was left out. */
  readonly notes?: readonly string[];
  readonly questions?: readonly Question[];
  /** Right and wrong examples by run id; with them questions are also tested example by example. */
  readonly correctness?: ReadonlyMap<string, Correctness>;
};

/** One row a configuration, over its seeds; the same records give the same leaderboard in any order. */
export function buildLeaderboard(records: readonly RunRecord[], options: LeaderboardOptions): Leaderboard {
  const baseline = options.baseline ?? 'none';
  const ordered = [...records].sort((a, b) => a.seed - b.seed || (a.runId < b.runId ? -1 : 1));
  const varying = varyingParameters(ordered);
  const plain = [...Map.groupBy([...ordered, ...glueAverages(ordered)], configurationKey)].map(([key, runs]) =>
    plainRow(key, runs),
  );
  const cells = Map.groupBy(plain, (row) => row.cell);
  const compared = [...cells.values()].flatMap((rows) => withComparisons(rows, baseline, varying));
  const rows = sortRows(compared);
  return {
    name: options.name,
    baseline,
    varying,
    rows: rows.map((row) => ({ ...row, marks: rowMarks(row) })),
    answers: (options.questions ?? []).map((question) =>
      answerQuestion(ordered, question, options.correctness ? { correctness: options.correctness } : {}),
    ),
    counts: {
      runs: ordered.length,
      finished: ordered.filter(({ state }) => state === 'finished').length,
      failed: ordered.filter(({ state }) => state === 'failed').length,
      waiting: ordered.filter(({ state }) => state === 'waiting').length,
    },
    notes: [...(options.notes ?? []), ...boardNotes(rows, baseline)],
  };
}

function plainRow(key: string, runs: readonly RunRecord[]): LeaderboardRow {
  const [first] = runs;
  if (!first) throw new RangeError('Expected at least one run in a row');
  const finished = runs.flatMap((run) => (run.outcome ? [{ run, outcome: run.outcome }] : []));
  const outcomes = finished.map(({ outcome }) => outcome);
  const sparsities = outcomes.flatMap(({ sparsity }) => sparsity ?? []);
  const row = {
    key,
    cell: cellKey(first),
    task: first.task,
    strategy: first.strategy,
    k: commonK(runs),
    sparsityAsked: first.sparsityAsked,
    parameters: first.parameters,
    metric: outcomes[0]?.metric ?? null,
    scores: finished.map(({ run, outcome }) => ({
      replicate: replicateKey(run),
      runId: run.runId,
      score: outcome.score,
    })),
    summary: outcomes.length === 0 ? null : summarise(outcomes.map(({ score }) => score)),
    majorityClass: meanOf(outcomes, ({ majorityClass }) => majorityClass),
    teacherScore: meanOf(outcomes, ({ teacherScore }) => teacherScore),
    sparsity:
      sparsities.length === 0
        ? null
        : { mean: mean(sparsities), min: Math.min(...sparsities), max: Math.max(...sparsities) },
    speedup: meanOf(outcomes, ({ speedup }) => speedup),
    planned: runs.length,
    failed: runs.filter(({ state }) => state === 'failed').length,
    targetNotReached: runs.filter(({ prune }) => prune?.target === 'target-not-reached').length,
    difference: { kind: 'not-compared', reason: 'no finished run yet' },
    choices: [],
    identicalTo: [],
    sameChoices: [],
    reported: null,
    parity: summariseParity(runs),
    imported: first.imported,
    marks: [],
    records: runs,
  } satisfies LeaderboardRow;
  return { ...row, reported: reportedBeside(row) };
}

function withComparisons(
  rows: readonly LeaderboardRow[],
  baseline: string,
  varying: readonly string[],
): LeaderboardRow[] {
  const labelled = rows.map((row) => ({ row, label: armLabel(row, rows, varying) }));
  const withChoices = labelled.map(({ row, label }) => {
    const others = new Map(labelled.filter((other) => other.row !== row).map((other) => [other.label, other.row]));
    const choices = choiceDifferences(row.records, new Map([...others].map(([arm, other]) => [arm, other.records])));
    const same = choices.flatMap((choice) => (areAllIn(row) && neverDiffer(choice, others) ? [choice.arm] : []));
    const [identicalTo, sameChoices] = partition(same, (arm) => scoresEqual(row, others.get(arm)));
    return { ...row, label, choices, identicalTo, sameChoices };
  });
  const differences = baselineDifferences(withChoices, baseline);
  return withChoices.map(({ label: _, ...row }, i) => ({ ...row, difference: differences[i] ?? row.difference }));
}

/** Of unfinished arms nothing is said: a seed that is still to come may choose differently. */
function neverDiffer({ arm, share }: ChoiceDifference, others: ReadonlyMap<string, LeaderboardRow>): boolean {
  const other = others.get(arm);
  return share === 0 && other !== undefined && areAllIn(other);
}

function areAllIn({ scores, planned }: LeaderboardRow): boolean {
  return scores.length === planned;
}

function scoresEqual(row: LeaderboardRow, other: LeaderboardRow | undefined): boolean {
  const differences = other === undefined ? [] : pairedDifferences(row, other);
  return differences.length > 0 && differences.every((difference) => difference === 0);
}

function partition<T>(values: readonly T[], isFirst: (value: T) => boolean): [T[], T[]] {
  return [values.filter(isFirst), values.filter((value) => !isFirst(value))];
}

function commonK(runs: readonly RunRecord[]): number | null {
  const values = new Set(runs.flatMap(({ k }) => k ?? []));
  const [only] = values;
  return values.size === 1 && only !== undefined ? only : null;
}

function meanOf(outcomes: readonly Outcome[], pick: (outcome: Outcome) => number | null): number | null {
  const values = outcomes.flatMap((outcome) => pick(outcome) ?? []);
  return values.length === 0 ? null : mean(values);
}
