import { type ReportedScore, reportedFor, reportedScores } from '../glue/reported-scores.ts';
import type { LeaderboardRow, ReportedBeside } from './rows.ts';

/** The published number that stands nearest to a row, where one is comparable: BERT-base on the whole of a GLUE task, trained as long, reported on dev. */
export function reportedBeside(row: LeaderboardRow): ReportedBeside | null {
  const { summary, sparsityAsked } = row;
  if (!summary || sparsityAsked === null) return null;
  if (row.records.some(({ setting }) => setting?.comparableToReported !== true)) return null;
  const method = hasLayerLoss(row) ? 'CoFi' : 'prediction loss only';
  const found = reportedFor(row.task, 100 * sparsityAsked, method).find(({ metric }) => metric === row.metric);
  if (!found) return null;
  const { score, sparsity, source, grade } = found;
  return {
    ...{ score, method, sparsity, source, grade },
    difference: 100 * summary.mean - score,
    sparsityGap: row.sparsity === null ? null : 100 * row.sparsity.mean - sparsity,
    tolerance: toleranceOf(row, found),
  };
}

/** Where each published number that stands beside a row comes from, once each. */
export function reportedNotes(rows: readonly LeaderboardRow[]): string[] {
  const beside = rows.flatMap(({ reported, task }) => (reported ? [{ task, ...reported }] : []));
  const lines = beside.map(
    ({ task, score, method, sparsity, source, grade }) =>
      `Reported for ${task}: ${score.toFixed(1)} at ${sparsity.toFixed(1)}% sparsity, ${method}, ${source} [${grade}].`,
  );
  if (lines.length === 0) return [];
  return [
    ...new Set(lines),
    `"vs reported": ours minus theirs, and in brackets what chance allows: the binomial standard error of their score on as many examples, or our deviation over seeds, the greater. Theirs are single models chosen and reported on dev.`,
  ];
}

/** Every published score of the tasks of rows that are comparable to them, for curves. */
export function reportedCurves(rows: readonly LeaderboardRow[]): ReportedScore[] {
  const comparable = rows.filter(({ records }) =>
    records.some(({ setting }) => setting?.comparableToReported === true),
  );
  const tasks = new Set(comparable.map(({ task }) => task));
  return reportedScores.filter(({ task }) => tasks.has(task));
}

/** Baselines without a layer loss are named so: `none`, `none-rescaled`. */
function hasLayerLoss({ strategy }: LeaderboardRow): boolean {
  return strategy !== 'none' && !strategy.startsWith('none-');
}

function toleranceOf({ records, summary }: LeaderboardRow, { metric, score }: ReportedScore): number | null {
  const examples = records.find(({ outcome }) => outcome !== null)?.outcome?.examples ?? null;
  const share = score / 100;
  // Only an accuracy is a share of examples.
  const binomial =
    examples === null || metric !== 'accuracy' ? null : 100 * Math.sqrt((share * (1 - share)) / examples);
  const deviation = summary?.deviation === null || summary === null ? null : 100 * summary.deviation;
  if (binomial === null || deviation === null) return binomial ?? deviation;
  return Math.max(binomial, deviation);
}
