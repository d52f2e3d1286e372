import type { RunRecord } from './records.ts';
import { reportedNotes } from './reported.ts';
import { provenanceNotes } from './row-provenance.ts';
import type { LeaderboardRow } from './rows.ts';
import { gapText, isTooFar } from './sparsity-gap.ts';
import { fewestPairs, mostExactPairs, smallestSignFlipP } from './statistics/sign-flip.ts';

const significance = 0.05;

/** What a reader of this row must know, shortest form. */
export function rowMarks(row: LeaderboardRow): string[] {
  const marks: string[] = [];
  if (row.parity.verdict === 'disagrees') marks.push('PARITY FAILED');
  if (row.targetNotReached > 0) marks.push(`target-not-reached ${row.targetNotReached}/${row.planned}`);
  if (row.failed > 0) marks.push(`failed ${row.failed}/${row.planned}`);
  const waiting = row.planned - row.failed - row.scores.length;
  if (waiting > 0) marks.push(`waiting ${waiting}/${row.planned}`);
  const majority = row.records.filter(isMajority).length;
  if (majority > 0) marks.push(`${majorityMark} ${majority}/${row.planned}`);
  const divided = row.records.filter(isDivided).length;
  if (divided > 0) marks.push(`${dividedMark} ${divided}/${row.planned}`);
  if (row.identicalTo.length > 0) marks.push(`identical to ${row.identicalTo.join(', ')}`);
  if (row.sameChoices.length > 0) marks.push(`same choices as ${row.sameChoices.join(', ')}`);
  if (row.difference.kind === 'compared') marks.push(...sparsityMark(row.difference.sparsityGap));
  if (row.reported && isTooFar(Math.abs(row.reported.sparsityGap ?? 100) / 100)) {
    marks.push(`reported at ${row.reported.sparsity.toFixed(1)}%`);
  }
  if (row.imported) marks.push('imported');
  return marks;
}

const majorityMark = 'no better than majority';

function isMajority({ outcome }: RunRecord): boolean {
  return outcome !== null && outcome.majorityClass !== null && outcome.score <= outcome.majorityClass;
}

const dividedMark = 'divided batches';

function isDivided({ provenance }: RunRecord): boolean {
  return provenance !== null && provenance.accumulationFactor > 1;
}

function sparsityMark(gap: number | null): string[] {
  if (gap === null) return ['sparsity unknown'];
  return isTooFar(gap) ? [`sparsity gap ${gapText(gap)}`] : [];
}

/** What holds for the whole table, once each. */
export function boardNotes(rows: readonly LeaderboardRow[], baseline: string): string[] {
  const all = rows.flatMap(({ records }) => records);
  const finished = all.filter(({ state }) => state === 'finished');
  // A run that goes on has only the settings of the stages that are done.
  const settings = (finished.length > 0 ? finished : all).flatMap(({ setting }) => setting ?? []);
  const distinct = (values: readonly (string | null)[]) => [...new Set(values)].filter((value) => value !== null);
  const notes: string[] = [];
  for (const [label, pick] of [
    ['Model', (s) => s.model],
    ['Training', (s) => s.training],
    ['Reduced data', (s) => s.reduction],
    ['Split', (s) => s.split],
  ] satisfies [string, (setting: (typeof settings)[number]) => string | null][]) {
    const values = distinct(settings.map(pick));
    if (values.length > 0) notes.push(`${label}: ${values.join('; ')}.`);
  }
  notes.push(...provenanceNotes(rows));
  if (settings.some(({ model }) => model.startsWith('MiniLM'))) {
    notes.push('MiniLM is a sentence-embedding model: an order of strategies found on it need not hold for BERT-base.');
  }
  if (rows.some(({ difference }) => difference.kind === 'compared')) {
    notes.push(
      `Differences to \`${baseline}\` are paired by seed; p: exact sign-flip test, two-sided, after Holm over the arms of a task and sparsity.`,
    );
  }
  const marks = new Set(
    rows.flatMap(({ difference }) => (difference.kind === 'compared' ? sparsityMark(difference.sparsityGap) : [])),
  );
  if ([...marks].some((mark) => mark.startsWith('sparsity gap'))) {
    notes.push(
      `"sparsity gap": achieved sparsities differ from the baseline's by so many points, so the difference is not the strategy's alone.`,
    );
  }
  if (marks.has('sparsity unknown')) {
    notes.push(`"sparsity unknown": whether achieved sparsities are comparable to the baseline's cannot be said.`);
  }
  if (rows.some(({ records }) => records.some(isMajority))) {
    notes.push(
      `"${majorityMark}": these models score no more than the same answer to everything would; what they differ in says nothing.`,
    );
  }
  if (rows.some(({ records }) => records.some(isDivided))) {
    notes.push(
      `"${dividedMark}": memory ran out, so these runs took their batches in parts. The batch of an optimizer step is as large as that of the others; rounding and dropout are not the same.`,
    );
  }
  notes.push(...reportedNotes(rows));
  if (rows.some(({ difference }) => difference.kind === 'compared' && !difference.complete)) {
    notes.push('No p is given before every declared seed is in.');
  }
  notes.push(...unreachable(rows));
  const reasons = rows.flatMap(({ difference }) => (difference.kind === 'not-compared' ? [difference.reason] : []));
  for (const reason of new Set(reasons)) {
    const count = reasons.filter((other) => other === reason).length;
    notes.push(`Not compared with \`${baseline}\`: ${count} ${count === 1 ? 'row' : 'rows'} (${reason}).`);
  }
  for (const row of rows.filter(({ parity }) => parity.verdict === 'disagrees')) {
    notes.push(`Parity of ${row.task} ${row.strategy} failed: ${row.parity.details.join('; ')}`);
  }
  return notes;
}

/** Where so few seeds are in that no difference, however large, could be told from chance. */
function unreachable(rows: readonly LeaderboardRow[]): string[] {
  const found = rows.flatMap(({ difference, planned }) => {
    if (difference.kind !== 'compared' || difference.comparison.n > mostExactPairs) return [];
    const { comparison, family } = difference;
    const declared = Math.max(comparison.n, planned);
    const smallest = family * smallestSignFlipP(declared);
    if (smallest <= significance) return [];
    const seeds = declared === 1 ? '1 seed' : `${declared} seeds`;
    const arms = family === 1 ? '1 arm' : `${family} arms`;
    return [
      `Not enough seeds to say: ${seeds} and ${arms} cannot reach p ${significance}; ${fewestPairs(family, significance)} seeds would do.`,
    ];
  });
  return [...new Set(found)];
}
