import type { Answer, ExampleTest } from './questions/question.ts';
import { groupsOf, inUnit, unitOf } from './questions/sentence.ts';
import { holm } from './statistics/holm.ts';

export type AnswerLines = { readonly title: string; readonly lines: readonly string[] };

/** A question with its answers, for people. */
export function answerLines({ question, cells, overall, interactions }: Answer): AnswerLines {
  const examples = cells.flatMap(({ label, examples: test }) =>
    test?.kind === 'tested' ? exampleLine(label, test, question.metric) : [],
  );
  return {
    title: `${question.name} (${groupsOf(question)})`,
    lines: [
      ...cells.map(({ sentence }) => sentence),
      ...(overall ? [overall.sentence] : []),
      ...interactions.map(({ sentence }) => sentence),
      ...examples,
    ],
  };
}

function exampleLine(
  label: string,
  { seeds, examples, interval, mcnemar }: Extract<ExampleTest, { kind: 'tested' }>,
  metric: string,
): string {
  const where = label === '' ? '' : `${label}: `;
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
