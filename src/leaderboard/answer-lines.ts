import type { Answer, ExampleTest } from './questions/question.ts';
import { groupsOf, inUnit, unitOf } from './questions/sentence.ts';

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
  { examples, interval, mcnemar }: Extract<ExampleTest, { kind: 'tested' }>,
  metric: string,
): string {
  const where = label === '' ? '' : `${label}: `;
  const different = mcnemar.filter(({ p }) => p <= 0.05).length;
  const models =
    mcnemar.length === 0
      ? ''
      : `; by McNemar's test ${different} of ${mcnemar.length} pairs of models differ (p ≤ 0.05 each, not corrected)`;
  return `${where}over seeds and ${examples} examples together the difference is ${inUnit(interval.low, metric)} to ${inUnit(interval.high, metric)} ${unitOf(metric)} (95%, bootstrap)${models}.`;
}
