import type { RawSweepFile } from './file-schema.ts';
import { labelOf } from './label.ts';
import { fail, type Reading, show } from './reading.ts';
import { didYouMean } from './suggest.ts';
import type { Question, SweepParameter } from './sweep-file.ts';

/** The questions of a sweep, held against the parameters: a factor must vary, and its groups must be among its values. */
export function readQuestions(
  reading: Reading,
  raw: Pick<RawSweepFile, 'questions'>,
  parameters: readonly SweepParameter[],
): Question[] {
  const values = valuesByName(parameters);
  for (const [i, question] of raw.questions.entries()) {
    const path = `questions[${i}]`;
    const known = values.get(question.factor);
    if (known === undefined || known.size < 2) {
      const problem =
        known === undefined ? 'is not among the parameters' : `has one value only, ${[...known].map(String).join()}`;
      const varying = [...values].filter(([, one]) => one.size > 1).map(([name]) => name);
      fail(
        reading,
        `${path}.factor`,
        `The factor "${question.factor}" ${problem}.${didYouMean(question.factor, varying) || ` These vary: ${varying.join(', ')}`}`,
      );
      continue;
    }
    checkGroups(reading, question.groups, [...known], path, question.factor);
    for (const [n, name] of question.within.entries()) {
      if (name === question.factor) fail(reading, `${path}.within[${n}]`, `"${name}" is the factor itself`);
      else if (!values.has(name) && name !== 'task' && name !== 'sparsity') {
        fail(
          reading,
          `${path}.within[${n}]`,
          `"${name}" is not among the parameters.${didYouMean(name, [...values.keys()])}`,
        );
      }
    }
  }
  const names = raw.questions.map((question) => question.name);
  for (const [i, name] of names.entries()) {
    if (names.indexOf(name) < i) fail(reading, `questions[${i}].name`, `The name ${show(name)} is used twice`);
  }
  return raw.questions;
}

type Label = string | number | boolean;

function checkGroups(
  reading: Reading,
  groups: readonly (readonly Label[])[],
  known: readonly Label[],
  path: string,
  factor: string,
): void {
  const first = new Set(groups[0]);
  for (const [g, group] of groups.entries()) {
    for (const [n, value] of group.entries()) {
      const own = `${path}.groups[${g}][${n}]`;
      if (!known.includes(value)) {
        fail(
          reading,
          own,
          `"${factor}" never has the value ${show(value)}.${didYouMean(String(value), known.map(String)) || ` It has ${known.join(', ')}`}`,
        );
      } else if (g > 0 && first.has(value)) fail(reading, own, `${show(value)} is in both groups`);
    }
  }
}

function valuesByName(parameters: readonly SweepParameter[]): Map<string, Set<Label>> {
  const values = new Map<string, Set<Label>>();
  for (const { name, space } of parameters) {
    const known = values.get(name) ?? new Set();
    const labels = space.kind === 'values' ? space.values.map(labelOf) : [space.min, space.max];
    for (const label of labels) known.add(label);
    values.set(name, known);
  }
  return values;
}
