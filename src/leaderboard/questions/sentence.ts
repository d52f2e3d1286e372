import { pValue } from '../format.ts';
import { gapText, isTooFar } from '../sparsity-gap.ts';
import { mostPairs } from '../statistics/power.ts';
import type { CellAnswer, Interaction, Question } from './question.ts';

/** A difference in the unit that people read it in: points for shares, × for speed-ups. */
export function inUnit(value: number, metric: string, signed = true): string {
  const scaled = metric === 'speedup' ? value : 100 * value;
  const digits = Math.abs(scaled) !== 0 && Math.abs(scaled) < 0.095 ? 3 : 2;
  const text = Number(scaled.toFixed(digits)) === 0 ? '0' : scaled.toFixed(digits);
  return signed && scaled > 0 && text !== '0' ? `+${text}` : text;
}

export function unitOf(metric: string): string {
  return metric === 'speedup' ? '×' : 'points';
}

/** `v3, v4 against v5, v6`. */
export function groupsOf({ factor, groups }: Question): string {
  const [first, second] = groups.map((group) => group.join(', '));
  return factor === 'strategy' ? `${first} against ${second}` : `${factor} ${first} against ${second}`;
}

/** The verdict in one sentence, with what it rests on. */
export function sentenceOf(answer: Omit<CellAnswer, 'sentence'>, question: Question): string {
  const { verdict } = answer;
  const where = answer.label === '' ? '' : `${answer.label}: `;
  const [first, second] = question.groups.map((group) => group.join(', '));
  const margin = `${inUnit(question.margin, question.metric, false)} ${unitOf(question.metric)}`;
  const evidence = evidenceOf(answer, question.metric);
  const gap = caveatsOf(answer);
  switch (verdict.kind) {
    case 'better':
    case 'worse': {
      const small = verdict.small ? `, by less than the margin of ${margin}` : '';
      return `${where}${first} ${isPlural(question) ? 'are' : 'is'} ${verdict.kind} than ${second}${small} (${evidence}).${gap}`;
    }
    case 'no-difference':
      return `${where}${opening('no', where)} difference larger than the margin of ${margin} between ${first} and ${second} (${evidence}).${gap}`;
    case 'identical':
      return `${where}${first} and ${second} are identical: they never chose differently.`;
    case 'constant': {
      const size = verdict.withinMargin ? 'within' : 'above';
      return `${where}${opening('every', where)} pair differs by ${inUnit(answer.effect ?? 0, question.metric)} ${unitOf(question.metric)}, ${size} the margin of ${margin}; without spread no test applies (${count(answer.pairs, 'pair')}).${gap}`;
    }
    case 'not-enough-seeds':
      return `${where}${opening('not', where)} enough seeds to say: ${seedsNeeded(verdict.needed, answer)} (${evidence}).${gap}`;
    case 'pending': {
      const failed = verdict.failed === 0 ? '' : `, ${verdict.failed} failed (npx layersweep retry)`;
      return `${where}${opening('no', where)} verdict yet: ${verdict.finished} of ${count(verdict.declared, 'declared seed')} in${failed}.`;
    }
    case 'cannot-answer':
      return `${where}${opening('cannot', where)} be answered: ${verdict.reason}.`;
  }
}

/** What must be known beside the verdict. */
function caveatsOf({ sparsityGap, unpaired }: Omit<CellAnswer, 'sentence'>): string {
  const gap = isTooFar(sparsityGap) ? ` Achieved sparsities differ by up to ${gapText(sparsityGap)} points.` : '';
  const left = unpaired > 0 ? ` Left out: ${count(unpaired, 'seed')} that not every value was planned for.` : '';
  return `${gap}${left}`;
}

export function interactionSentence(interaction: Omit<Interaction, 'sentence'>, question: Question): string {
  const { factor, levels, effects, pairs, pHolm, change, interval } = interaction;
  const unit = unitOf(question.metric);
  const each = levels.map((level, i) => `${level}: ${inUnit(effects[i] ?? 0, question.metric)}`).join(', ');
  const size =
    change === null
      ? ''
      : `; change ${inUnit(change, question.metric)} ${unit}${interval ? ` (95% ${rangeOf(interval, question.metric)})` : ''}`;
  const evidence = `${each} ${unit}${size}; ${pHolm === null ? 'p unknown' : `p ${pValue(pHolm)}`}; ${count(pairs, 'seed')}`;
  if (pHolm === null) return `Whether the difference depends on ${factor} cannot be said (${evidence}).`;
  if (pairs < interaction.needed)
    return `Not enough seeds to say whether the difference depends on ${factor}: at least ${interaction.needed} are needed (${evidence}).`;
  if (pHolm <= 0.05) return `The difference depends on ${factor} (${evidence}).`;
  return `No sign that the difference depends on ${factor}, which is no proof that it does not (${evidence}).`;
}

function evidenceOf(
  { effect, interval, pHolm, p, pairs, family, test }: Omit<CellAnswer, 'sentence'>,
  metric: string,
): string {
  const parts = [
    ...(effect === null ? [] : [`${inUnit(effect, metric)} ${unitOf(metric)}`]),
    ...(interval === null ? [] : [`95% interval ${rangeOf(interval, metric)}`]),
    ...(pHolm === null || p === null || pairs < 2
      ? []
      : [`p ${pValue(pHolm)}${family > 1 ? ` after Holm over ${family}` : ''}${test === 't' ? ' by t test' : ''}`]),
    count(pairs, 'pair'),
  ];
  return parts.join('; ');
}

function rangeOf({ low, high }: { readonly low: number; readonly high: number }, metric: string): string {
  return `${inUnit(low, metric)} to ${inUnit(high, metric)}`;
}

/** Of one pair no spread is known, so what is needed is known from below only. */
function seedsNeeded(needed: number | null, { pairs, deviation }: Pick<CellAnswer, 'pairs' | 'deviation'>): string {
  if (needed === null) return `even ${mostPairs} would not do at this spread`;
  const present = `${pairs} ${pairs === 1 ? 'is' : 'are'} in`;
  return deviation === null
    ? `at least ${needed} are needed, ${present}`
    : `${needed} would do at this spread, ${present}`;
}

/** The first word of a sentence that may stand after a label. */
function opening(word: string, where: string): string {
  return where === '' ? word.charAt(0).toUpperCase() + word.slice(1) : word;
}

function isPlural({ groups: [first] }: Question): boolean {
  return first.length > 1;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
