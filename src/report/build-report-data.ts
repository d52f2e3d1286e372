import { answerLines } from '../leaderboard/answer-lines.ts';
import { armLabel } from '../leaderboard/arm-label.ts';
import { columnsOf, narrowColumns } from '../leaderboard/columns.ts';
import type { Answer } from '../leaderboard/questions/question.ts';
import { unitOf } from '../leaderboard/questions/sentence.ts';
import type { ParityVerdict, RunRecord } from '../leaderboard/records.ts';
import { reportedCurves } from '../leaderboard/reported.ts';
import { packagesText } from '../leaderboard/row-provenance.ts';
import type { Leaderboard, LeaderboardRow } from '../leaderboard/rows.ts';
import { expectedMaximum } from '../leaderboard/statistics/expected-maximum.ts';
import { curvesOf, type Measurements } from './curves.ts';
import type { ReportAnswer, ReportArm, ReportData, ReportRun, TimelineEntry } from './data.ts';
import { matchHistory } from './matches.ts';
import { meanStructure } from './structure.ts';

export type ReportInput = {
  readonly board: Leaderboard;
  readonly measurements: ReadonlyMap<string, readonly Measurements[]>;
  readonly timeline: readonly TimelineEntry[];
  readonly running: boolean;
  readonly nowMs: number;
};

/** Everything that the page shows, from the leaderboard and what was recorded beside it. */
export function buildReportData({ board, measurements, timeline, running, nowMs }: ReportInput): ReportData {
  const cells = Map.groupBy(board.rows, ({ cell }) => cell);
  const records = board.rows.flatMap((row, arm) => row.records.map((record) => ({ record, arm })));
  const { curves, leftOut } = curvesOf(records.map(({ record }) => measurements.get(record.runId) ?? []));
  return {
    schemaVersion: 1,
    name: board.name,
    madeAtMs: nowMs,
    running,
    counts: board.counts,
    baseline: board.baseline,
    metrics: [...new Set(board.rows.flatMap(({ metric }) => metric ?? []))],
    answers: board.answers.map(answerOf),
    columns: columnsFor(board),
    arms: board.rows.map((row) => armOf(row, armLabel(row, cells.get(row.cell) ?? [], board.varying), board)),
    runs: records.map(({ record, arm }) => runOf(record, arm, board.varying)),
    reported: reportedCurves(board.rows).map(({ task, method, sparsity, score, source }) => ({
      task,
      method,
      sparsity,
      score,
      source,
    })),
    varying: board.varying,
    curves,
    timeline,
    notes: [
      ...board.notes,
      ...(leftOut === 0 ? [] : [`${leftOut} learning curves are left out to keep the page small.`]),
    ],
  };
}

function columnsFor(board: Leaderboard): ReportData['columns'] {
  // The page shows every seed as a point.
  const narrow = new Set(narrowColumns(board).flatMap(({ id }) => (id === 'scores' ? [] : [id])));
  return columnsOf(board).map(({ id, title, align }) => ({ id, title, align, narrow: narrow.has(id) }));
}

function armOf(row: LeaderboardRow, label: string, board: Leaderboard): ReportArm {
  const seconds = row.records.flatMap(({ provenance }) => provenance?.seconds ?? []);
  return {
    label,
    task: row.task,
    strategy: row.strategy,
    k: row.k,
    asked: percent(row.sparsityAsked),
    cells: columnsOf(board).map(({ text, value }) => ({ text: text(row), value: value(row) })),
    matches: matchHistory(row.records.flatMap(({ prune }) => prune?.choices ?? [])),
    structure: meanStructure(row.records.flatMap(({ outcome }) => outcome?.structure ?? [])),
    expectedMaximum: expectedMaximum(row.scores.map(({ score }) => 100 * score)).map(({ unbiased }) =>
      Number(unbiased.toPrecision(6)),
    ),
    meanSeconds: seconds.length === 0 ? null : seconds.reduce((sum, one) => sum + one, 0) / seconds.length,
  };
}

function runOf(record: RunRecord, arm: number, varying: readonly string[]): ReportRun {
  const { runId, seed, state, reason, outcome, prune, provenance, imported } = record;
  return {
    id: runId,
    arm,
    seed,
    state,
    reason,
    score: percent(outcome?.score ?? null),
    sparsity: percent(outcome?.sparsity ?? null),
    speedup: outcome?.speedup ?? null,
    seconds: provenance?.seconds ?? null,
    parity: parityText(record.parity),
    device: provenance?.device ?? null,
    packages: provenance ? packagesText(provenance.packages) : null,
    steps: provenance?.steps ?? null,
    peakMemoryBytes: provenance?.peakMemoryBytes ?? null,
    targetReached: prune ? prune.target === 'reached' : null,
    imported,
    parameters: Object.fromEntries(
      varying.flatMap((name) => (name in record.parameters ? [[name, record.parameters[name] ?? '']] : [])),
    ),
  };
}

function answerOf(answer: Answer): ReportAnswer {
  const { question, cells, overall } = answer;
  const scale = question.metric === 'speedup' ? 1 : 100;
  const scaled = (value: number | null) => (value === null ? null : value * scale);
  const { title, further } = answerLines(answer);
  return {
    ...{ title, further },
    unit: unitOf(question.metric),
    margin: question.margin * scale,
    cells: [...(overall ? [overall] : []), ...cells].map((cell) => ({
      label: cell.label === '' ? 'all runs' : cell.label,
      verdict: cell.verdict.kind,
      sentence: cell.sentence,
      effect: scaled(cell.effect),
      low: scaled(cell.interval?.low ?? null),
      high: scaled(cell.interval?.high ?? null),
      differences: cell.differences.map((value, i) => ({ seed: cell.replicates[i] ?? '', value: value * scale })),
    })),
  };
}

function parityText(parity: ParityVerdict): string {
  switch (parity.kind) {
    case 'agrees':
      return `agrees (${parity.probes} probes)`;
    case 'disagrees':
      return `DISAGREES: ${parity.probe}: ${parity.difference}`;
    case 'none':
      return parity.reason;
  }
}

function percent(value: number | null): number | null {
  return value === null ? null : Number((100 * value).toPrecision(12));
}
