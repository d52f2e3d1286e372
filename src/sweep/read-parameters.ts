import { findTask, taskNames } from '../glue/tasks.ts';
import { parameterSchema, type RawParameter } from './file-schema.ts';
import { labelOf } from './label.ts';
import { builtinVocabulary, namesOf, type Vocabulary } from './parameters.ts';
import { orderByCondition } from './read-conditions.ts';
import { readRange } from './read-range.ts';
import { readStrategy } from './read-strategy.ts';
import { fail, parseBy, type Reading, show } from './reading.ts';
import { didYouMean } from './suggest.ts';
import type { ParameterSpace, ParameterValue, SweepParameter } from './sweep-file.ts';

/** The `parameters` mapping: each with its space and its condition, conditions after what they depend on. */
export function readParameters(
  reading: Reading,
  raw: Readonly<Record<string, unknown>>,
  method: string,
  vocabulary = builtinVocabulary,
): SweepParameter[] {
  const parameters = Object.entries(raw).flatMap(([name, body]) => {
    const path = `parameters.${name}`;
    if (!knownName(reading, name, path, vocabulary)) return [];
    const parameter = readParameter(reading, name, body, path, method, vocabulary);
    return parameter === undefined ? [] : [parameter];
  });
  return orderByCondition(reading, parameters);
}

/** One item of `runs`: plain values by name. */
export function readListedRun(
  reading: Reading,
  raw: Readonly<Record<string, unknown>>,
  path: string,
  vocabulary = builtinVocabulary,
): SweepParameter[] {
  return Object.entries(raw).flatMap(([name, body]) => {
    const own = `${path}.${name}`;
    if (!knownName(reading, name, own, vocabulary)) return [];
    const value = readValue(reading, name, body, own, vocabulary);
    return value === undefined
      ? []
      : [{ name, space: { kind: 'values', values: [value], paths: [own], probabilities: null }, when: [] }];
  });
}

function knownName(reading: Reading, name: string, path: string, vocabulary: Vocabulary): boolean {
  const names = namesOf(vocabulary);
  if (names.includes(name)) return true;
  const other = vocabulary.otherNames[name.toLowerCase()];
  const hint =
    other === undefined ? didYouMean(name, names) || ` ${vocabulary.page} lists them all` : ` Here it is ${other}`;
  fail(reading, `${path}#key`, `Unknown parameter "${name}".${hint}`);
  return false;
}

function readParameter(
  reading: Reading,
  name: string,
  body: unknown,
  path: string,
  method: string,
  vocabulary: Vocabulary,
): SweepParameter | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    const write =
      body === null ? '`value:` or `values:`' : `\`${name}: {${Array.isArray(body) ? 'values' : 'value'}: …}\``;
    fail(
      reading,
      path,
      `Expected a mapping with \`value\`, \`values\` or \`min\` and \`max\`, got ${show(body)}: write ${write}`,
    );
    return undefined;
  }
  const raw = parseBy(reading, parameterSchema, body, path);
  if (raw === undefined) return undefined;
  const space = readSpace(reading, name, raw, path, method, vocabulary);
  const when = readCondition(reading, raw, path, vocabulary);
  return space === undefined ? undefined : { name, space, when };
}

function readSpace(
  reading: Reading,
  name: string,
  raw: RawParameter,
  path: string,
  method: string,
  vocabulary: Vocabulary,
): ParameterSpace | undefined {
  const given = [raw.value !== undefined, raw.values !== undefined, raw.min !== undefined || raw.max !== undefined];
  if (given.filter(Boolean).length !== 1) {
    fail(reading, path, 'Expected exactly one of `value`, `values`, and `min` with `max`');
    return undefined;
  }
  if (given[2]) return readRange(reading, name, raw, path, method, vocabulary);
  const paths = raw.values?.map((_, i) => `${path}.values[${i}]`) ?? [`${path}.value`];
  const values = readValues(reading, name, raw.values ?? [raw.value], paths, vocabulary);
  if (values === undefined) return undefined;
  const { probabilities } = raw;
  if (probabilities !== undefined) {
    const total = probabilities.reduce((sum, one) => sum + one, 0);
    if (method !== 'random') fail(reading, `${path}.probabilities`, '`probabilities` needs `method: random`');
    else if (probabilities.length !== values.length || Math.abs(total - 1) > 1e-6) {
      fail(
        reading,
        `${path}.probabilities`,
        `Expected ${values.length} probabilities that add up to 1, got ${probabilities.length} that add up to ${total}`,
      );
    }
  }
  return { kind: 'values', values, paths, probabilities: probabilities ?? null };
}

function readValues(
  reading: Reading,
  name: string,
  items: readonly unknown[],
  paths: readonly string[],
  vocabulary: Vocabulary,
): ParameterValue[] | undefined {
  const values = items.map((item, i) => readValue(reading, name, item, paths[i] ?? '', vocabulary));
  const sound = values.filter((value) => value !== undefined);
  if (sound.length < items.length) return undefined;
  const seen = new Set<string | number | boolean>();
  for (const [i, value] of sound.entries()) {
    const label = labelOf(value);
    if (seen.has(label)) fail(reading, paths[i] ?? '', `${show(items[i])} is listed twice: keep one`);
    seen.add(label);
  }
  return sound;
}

/** One value of one parameter; tasks in any spelling, strategies by name or written out. */
function readValue(
  reading: Reading,
  name: string,
  value: unknown,
  path: string,
  vocabulary: Vocabulary,
): ParameterValue | undefined {
  if (value === null) {
    fail(reading, path, 'Expected a value, got an empty one');
    return undefined;
  }
  if (name === 'strategy') return readStrategy(reading, value, path);
  if (name === 'task') return readTask(reading, value, path, vocabulary);
  const schema = vocabulary.schemas[name];
  return schema && (parseBy(reading, schema, value, path) as ParameterValue | undefined);
}

function readTask(reading: Reading, value: unknown, path: string, { otherTasks }: Vocabulary): string | undefined {
  const task = typeof value === 'string' ? findTask(value) : undefined;
  if (task !== undefined) return task.name;
  const reason = typeof value === 'string' ? otherTasks[value.toLowerCase()] : undefined;
  const hint = typeof value === 'string' ? didYouMean(value, taskNames) : '';
  if (reason !== undefined) fail(reading, path, reason);
  else fail(reading, path, `Unknown task ${show(value)}.${hint || ` Known: ${taskNames.join(', ')}`}`);
  return undefined;
}

function readCondition(
  reading: Reading,
  raw: RawParameter,
  path: string,
  vocabulary: Vocabulary,
): SweepParameter['when'] {
  return Object.entries(raw.when ?? {}).map(([parameter, allowed]) => {
    const values = Array.isArray(allowed) ? allowed : [allowed];
    if (parameter !== 'task') return { parameter, values };
    const tasks = values.map(
      (value, i) => readTask(reading, value, `${path}.when.task[${i}]`, vocabulary) ?? String(value),
    );
    return { parameter, values: tasks };
  });
}
