import type { Answer, ExampleTest } from './questions/question.ts';
import { groupsOf, inUnit, unitOf } from './questions/sentence.ts';
import { holm } from './statistics/holm.ts';

export type AnswerLines = {
  readonly title: string;
  /** All that follow, in order. */
  readonly lines: readonly string[];
  /** By comparison, then over all of them. */
  readonly verdicts: readonly string[];
  /** Whether the difference depends on a factor, what was averaged over, and what single examples say. */
  readonly further: readonly string[];
};

/** A question with its answers, for people. */
export function answerLines({ question, cells, overall, interactions, cautions }: Answer): AnswerLines {
  const tests = cells.flatMap(({ label, examples }) => (examples === null ? [] : [{ label, examples }]));
  const verdicts = [...(overall ? [overall] : []), ...cells].map(({ sentence }) => sentence);
  const further = [
    ...interactions.map(({ sentence }) => sentence),
    ...cautions,
    ...tests.flatMap(({ label, examples }) =>
      examples.kind === 'tested' ? exampleLine(label, examples, question.metric) : [],
    ),
    ...untested(tests),
  ];
  return {
    title: `${question.name} (${groupsOf(question)})`,
    lines: [...verdicts, ...further],
    verdicts,
    further,
  };
}

/** Each reason once, with where it holds. */
function untested(tests: readonly { readonly label: string; readonly examples: ExampleTest }[]): string[] {
  const reasons = Map.groupBy(
    tests.flatMap(({ label, examples }) => (examples.kind === 'none' ? [{ label, reason: examples.reason }] : [])),
    ({ reason }) => reason,
  );
  return [...reasons].map(([reason, own]) => {
    const where = own.flatMap(({ label }) => (label === '' ? [] : [label])).join('; ');
    return `No test on single examples${where === '' ? '' : ` for ${where}`}: ${reason}.`;
  });
}

function exampleLine(
  label: string,
  { seeds, examples, interval, mcnemar }: Extract<ExampleTest, { kind: 'tested' }>,
  metric: string,
): string {
  const where = label === '' ? 'Example by example: ' : `${label}, example by example: `;
  const range = `${inUnit(interval.low, metric)} to ${inUnit(interval.high, metric)} ${unitOf(metric)} (95%, bootstrap)`;
  if (seeds === 1)
    return `${where}${range} over the ${examples} examples of the one seed, which says nothing of other seeds.`;
  const different = holm(mcnemar.map(({ p }) => p)).filter((p) => p <= 0.05).length;
  const models =
    mcnemar.length === 0
      ? ''
      : `; by McNemar's test, after Holm, ${different} of ${mcnemar.length} pairs of models get different examples right`;
  return `${where}${range} over ${seeds} seeds and ${examples} examples together${models}.`;
}
