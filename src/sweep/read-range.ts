import type { RawParameter } from './file-schema.ts';
import { isNumeric, isWhole, type Vocabulary } from './parameters.ts';
import { fail, parseBy, type Reading } from './reading.ts';
import type { ParameterSpace } from './sweep-file.ts';

type Range = Extract<ParameterSpace, { kind: 'range' }>;

/** `min`, `max`, `distribution` and `q` of a parameter. */
export function readRange(
  reading: Reading,
  name: string,
  raw: RawParameter,
  path: string,
  method: string,
  vocabulary: Vocabulary,
): Range | undefined {
  const before = reading.errors.length;
  const schema = vocabulary.schemas[name];
  if (!isNumeric(vocabulary, name) || schema === undefined) {
    fail(reading, path, `A range cannot be given for ${name}: write its \`values\``);
    return undefined;
  }
  const { min, max } = raw;
  if (min !== undefined) parseBy(reading, schema, min, `${path}.min`);
  if (max !== undefined) parseBy(reading, schema, max, `${path}.max`);
  const range = rangeOf(reading, name, raw, path, method, isWhole(vocabulary, name));
  return reading.errors.length > before ? undefined : range;
}

/** The same for a parameter of a user's own program, of which nothing is known. */
export function freeRange(
  reading: Reading,
  name: string,
  raw: RawParameter,
  path: string,
  method: string,
): Range | undefined {
  const { min, max, distribution } = raw;
  const whole =
    distribution === 'int_uniform' || (distribution === undefined && Number.isInteger(min) && Number.isInteger(max));
  const before = reading.errors.length;
  const range = rangeOf(reading, name, raw, path, method, whole);
  return reading.errors.length > before ? undefined : range;
}

function rangeOf(
  reading: Reading,
  name: string,
  raw: RawParameter,
  path: string,
  method: string,
  whole: boolean,
): Range | undefined {
  const { min, max } = raw;
  if (min === undefined || max === undefined) {
    fail(reading, path, 'Expected both `min` and `max`');
    return undefined;
  }
  if (min > max) fail(reading, path, `Expected \`min\` to be at most \`max\`, got ${min} and ${max}`);
  const distribution = raw.distribution ?? (whole ? 'int_uniform' : 'uniform');
  if (distribution === 'constant' || distribution === 'categorical') {
    fail(reading, `${path}.distribution`, `Expected \`value\` or \`values\` with the distribution ${distribution}`);
    return undefined;
  }
  const range: Range = { kind: 'range', distribution, min, max, q: stepOf(distribution, raw.q) };
  for (const problem of rangeProblems(range, name, whole, method)) fail(reading, path, problem);
  return range;
}

function stepOf(distribution: Range['distribution'], q: number | undefined): number | null {
  if (distribution === 'int_uniform') return 1;
  return distribution.startsWith('q_') ? (q ?? 1) : null;
}

function* rangeProblems({ distribution, min, q }: Range, name: string, whole: boolean, method: string) {
  const logarithmic = distribution.includes('log');
  if (logarithmic && min <= 0) yield `Expected a positive \`min\` for ${distribution}, got ${min}`;
  if (method !== 'random' && (q === null || logarithmic)) {
    yield `A range of ${distribution} needs \`method: random\`; with ${method} write the \`values\` out`;
  }
  if (whole && (q === null || !Number.isInteger(q))) {
    yield `${name} takes whole numbers only: take int_uniform, or a whole \`q\``;
  }
}
