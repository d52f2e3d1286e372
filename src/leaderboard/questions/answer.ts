import { mean } from 'simple-statistics';
import type { RunRecord } from '../records.ts';
import { holm } from '../statistics/holm.ts';
import { comparePaired } from '../statistics/paired.ts';
import { equivalenceTest, pairedTTest } from '../statistics/tost.ts';
import { cautionsOf } from './cautions.ts';
import { compareExamples } from './examples.ts';
import { interactionsOf } from './interaction.ts';
import { areIdentical, type Cell, pairUp, sparsityGapOf } from './pairing.ts';
import type { Answer, CellAnswer, Correctness, Question, Verdict } from './question.ts';
import { sentenceOf } from './sentence.ts';
import { pendingVerdict, unmeasuredVerdict, verdictOf } from './verdict.ts';

export type AnswerOptions = {
  /** Right and wrong examples by run id, where predictions were stored. */
  readonly correctness?: ReadonlyMap<string, Correctness>;
};

/** Answers one question from the runs so far; Holm's correction runs over the question's cells. */
export function answerQuestion(records: readonly RunRecord[], question: Question, options: AnswerOptions = {}): Answer {
  const cells = pairUp(records, question);
  if (cells.length === 0) return unanswerable(question, records);
  const answers = answerCells(cells, question, options);
  const overall = cells.length > 1 ? overallOf(cells, question) : null;
  return {
    question,
    cells: answers,
    overall,
    interactions: interactionsOf(cells, question),
    cautions: cautionsOf(cells, question),
  };
}

function answerCells(cells: readonly Cell[], question: Question, options: AnswerOptions): CellAnswer[] {
  const tested = cells.map((cell) => testCell(cell, question));
  // Cells that are not in yet keep their place in the family, so that it does not grow as they come in.
  const pHolm = holm(tested.map(({ p }) => p ?? 1));
  const equivalencePHolm = holm(tested.map(({ equivalenceP }) => equivalenceP ?? 1));
  return tested.map((test, i): CellAnswer => {
    const { cell, comparison, verdict: given } = test;
    const family = cells.length;
    const adjusted = test.p === null ? null : (pHolm[i] ?? null);
    const verdict =
      given ??
      verdictOf(
        {
          differences: test.differences,
          effect: comparison?.mean ?? 0,
          deviation: comparison?.deviation ?? null,
          test: test.method,
          pHolm: adjusted,
          equivalencePHolm: test.equivalenceP === null ? null : (equivalencePHolm[i] ?? null),
          family,
        },
        question.margin,
        'maximize',
      );
    const decided = verdict.kind !== 'pending';
    const answer = {
      label: cell.label,
      values: cell.values,
      pairs: test.differences.length,
      replicates: cell.pairs.filter(({ state }) => state === 'complete').map(({ replicate }) => replicate),
      differences: test.differences,
      effect: comparison?.mean ?? null,
      deviation: comparison?.deviation ?? null,
      interval: decided ? (comparison?.interval ?? null) : null,
      p: decided ? test.p : null,
      pHolm: decided ? adjusted : null,
      test: comparison ? test.method : null,
      equivalenceP: decided ? test.equivalenceP : null,
      family,
      sparsityGap: sparsityGapOf(cell.pairs),
      unpaired: cell.unpaired,
      examples: decided && options.correctness ? compareExamples(cell, question, options.correctness) : null,
      verdict,
    } satisfies Omit<CellAnswer, 'sentence'>;
    return { ...answer, sentence: sentenceOf(answer, question) };
  });
}

function testCell(cell: Cell, question: Question) {
  const differences = cell.pairs.flatMap(({ difference }) => difference ?? []);
  const comparison = differences.length === 0 ? null : comparePaired(differences);
  const exact = comparison?.p ?? null;
  const p = exact ?? pairedTTest(differences);
  const method: 'sign-flip' | 't' = comparison && exact === null ? 't' : 'sign-flip';
  return {
    cell,
    differences,
    comparison,
    p,
    method,
    equivalenceP: equivalenceTest(differences, question.margin),
    verdict:
      unmeasuredVerdict(cell, question.metric) ??
      pendingVerdict(cell) ??
      (areIdentical(cell.pairs) ? ({ kind: 'identical' } as const) : null),
  };
}

/** One difference a seed, the mean over the cells: of the seeds that every cell has. */
function overallOf(cells: readonly Cell[], question: Question): CellAnswer {
  const [first] = cells;
  const inAll = (first?.pairs ?? []).filter(({ replicate }) =>
    cells.every(({ pairs }) => pairs.some((pair) => pair.replicate === replicate)),
  );
  const pairs = inAll.map((pair) => {
    const same = cells.flatMap((cell) => cell.pairs.filter(({ replicate }) => replicate === pair.replicate));
    const differences = same.flatMap(({ difference }) => difference ?? []);
    if (differences.length === same.length)
      return { ...pair, state: 'complete' as const, difference: mean(differences) };
    const state = same.some((one) => one.state === 'failed') ? ('failed' as const) : ('waiting' as const);
    return { ...pair, state, difference: null };
  });
  const label = `over all ${cells.length}`;
  if (pairs.length === 0)
    return emptyAnswer(question, label, { kind: 'cannot-answer', reason: 'no seed is in every one of them' });
  const [answer] = answerCells([{ label, values: {}, pairs, unpaired: 0 }], question, {});
  if (!answer) throw new RangeError('Expected one answer for one cell');
  const gap = Math.max(...cells.map((cell) => sparsityGapOf(cell.pairs)));
  return { ...answer, sparsityGap: gap, sentence: sentenceOf({ ...answer, sparsityGap: gap }, question) };
}

function unanswerable(question: Question, records: readonly RunRecord[]): Answer {
  const reason =
    records.length === 0
      ? 'the sweep has no runs'
      : `no seed has runs with every one of ${question.groups.flat().join(', ')} as ${question.factor}`;
  return {
    question,
    cells: [emptyAnswer(question, '', { kind: 'cannot-answer', reason })],
    overall: null,
    interactions: [],
    cautions: [],
  };
}

function emptyAnswer(question: Question, label: string, verdict: Verdict): CellAnswer {
  const answer = {
    label,
    values: {},
    pairs: 0,
    replicates: [],
    differences: [],
    effect: null,
    deviation: null,
    interval: null,
    p: null,
    pHolm: null,
    test: null,
    equivalenceP: null,
    family: 1,
    sparsityGap: 0,
    examples: null,
    unpaired: 0,
    verdict,
  } satisfies Omit<CellAnswer, 'sentence'>;
  return { ...answer, sentence: sentenceOf(answer, question) };
}
