import { mean, sampleVariance } from 'simple-statistics';
import type { RunRecord } from '../records.ts';
import { detectableDifference, plannedLevel } from '../statistics/power.ts';
import { fewestPairs } from '../statistics/sign-flip.ts';
import { pairUp } from './pairing.ts';
import type { Question } from './question.ts';
import { inUnit, unitOf } from './sentence.ts';

/** What the planned seeds of a question can show, before they are run. */
export type Foresight = {
  /** Seeds of the cell that has fewest. */
  readonly pairs: number;
  /** Cells, over which Holm's correction runs. */
  readonly cells: number;
  /** Of paired differences, and how it is known; null: not known yet. */
  readonly deviation: { readonly value: number; readonly source: 'stated' | 'seen'; readonly pairs: number } | null;
  /** Smallest difference told from 0 with the planned power; in deviations where the deviation is not known; null: none. */
  readonly detectable: number | null;
  readonly sentence: string;
};

/** Takes finished runs and those that wait alike; `stated`: a deviation of paired differences to reckon with, in the metric's own unit. */
export function foresee(records: readonly RunRecord[], question: Question, stated: number | null): Foresight {
  const cells = pairUp(records, question);
  const pairs = cells.length === 0 ? 0 : Math.min(...cells.map((cell) => cell.pairs.length));
  const deviation =
    stated === null
      ? seenDeviation(cells.map((cell) => cell.pairs.flatMap(({ difference }) => difference ?? [])))
      : statedAs(stated);
  const tests = Math.max(1, cells.length);
  const detectable = detectableDifference(pairs, deviation?.value ?? 1, tests);
  const found = { pairs, cells: cells.length, deviation, detectable };
  return { ...found, sentence: `${question.name} ${sentenceOf(found, question)}` };
}

function statedAs(value: number): NonNullable<Foresight['deviation']> {
  return { value, source: 'stated', pairs: 0 };
}

/** Pooled over the cells that have two finished pairs or more. */
function seenDeviation(differences: readonly (readonly number[])[]): Foresight['deviation'] {
  const known = differences.filter((cell) => cell.length > 1);
  if (known.length === 0) return null;
  const value = Math.sqrt(mean(known.map((cell) => sampleVariance([...cell]))));
  return value === 0 ? null : { value, source: 'seen', pairs: known.flat().length };
}

function sentenceOf({ pairs, cells, deviation, detectable }: Omit<Foresight, 'sentence'>, question: Question): string {
  const seeds = `${pairs} ${pairs === 1 ? 'seed' : 'seeds'}${cells > 1 ? ` in each of ${cells} comparisons` : ''}`;
  if (cells === 0) return 'is about runs that this sweep does not have.';
  const together = cells > 1 ? overAll(pairs) : '';
  if (detectable === null) {
    const needed = Math.max(2, fewestPairs(cells, plannedLevel.alpha));
    return `${seeds} cannot show any difference, however large: ${needed} would do.${together}`;
  }
  const basis = `${100 * plannedLevel.power}% power${cells > 1 ? ', after Holm' : ''}`;
  if (deviation === null) {
    return `${seeds} can show a difference of ${detectable.toFixed(2)} times the deviation of paired differences (${basis}), which is not known yet.${together}`;
  }
  const unit = unitOf(question.metric);
  const source = deviation.source === 'stated' ? 'as stated' : `as seen in ${deviation.pairs} pairs`;
  return `${seeds} can show a difference of ${inUnit(detectable, question.metric, false)} ${unit} (${basis}; deviation of paired differences ${inUnit(deviation.value, question.metric, false)} ${unit}, ${source}).${together}`;
}

/** The answer over all comparisons is one test of its own, on each seed's mean over them. */
function overAll(pairs: number): string {
  const detectable = detectableDifference(pairs, 1, 1);
  if (detectable === null) return ' Nor can they over all comparisons together.';
  return ` Over all comparisons together: ${detectable.toFixed(2)} times the deviation of the seeds' means.`;
}
