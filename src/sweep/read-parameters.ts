import { findTask, taskNames } from '../glue/tasks.ts';
import { parameterSchema, type RawParameter } from './file-schema.ts';
import {
  isWhole,
  otherNames,
  type PlainParameterName,
  parameterNames,
  plainParameterNames,
  plainParameters,
} from './parameters.ts';
import { readStrategy } from './read-strategy.ts';
import { fail, parseBy, type Reading, show } from './reading.ts';
import { didYouMean } from './suggest.ts';
import type { ParameterSpace, ParameterValue, SweepParameter } from './sweep-file.ts';

/** The `parameters` mapping: each with its space and its condition, conditions after what they depend on. */
export function readParameters(
  reading: Reading,
  raw: Readonly<Record<string, unknown>>,
  method: string,
): SweepParameter[] {
  const parameters = Object.entries(raw).flatMap(([name, body]) => {
    const path = `parameters.${name}`;
    if (!knownName(reading, name, path)) return [];
    const parameter = readParameter(reading, name, body, path, method);
    return parameter === undefined ? [] : [parameter];
  });
  return orderByCondition(reading, parameters);
}

/** One item of `runs`: plain values by name. */
export function readListedRun(
  reading: Reading,
  raw: Readonly<Record<string, unknown>>,
  path: string,
): SweepParameter[] {
  return Object.entries(raw).flatMap(([name, body]) => {
    const own = `${path}.${name}`;
    if (!knownName(reading, name, own)) return [];
    const value = readValue(reading, name, body, own);
    return value === undefined
      ? []
      : [{ name, space: { kind: 'values', values: [value], paths: [own], probabilities: null }, when: [] }];
  });
}

function knownName(reading: Reading, name: string, path: string): boolean {
  if (parameterNames.includes(name)) return true;
  const other = otherNames[name.toLowerCase()];
  const hint =
    other === undefined ? didYouMean(name, parameterNames) || ' docs/keys.md lists them all' : ` Here it is ${other}`;
  fail(reading, `${path}#key`, `Unknown parameter "${name}".${hint}`);
  return false;
}

function readParameter(
  reading: Reading,
  name: string,
  body: unknown,
  path: string,
  method: string,
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
  const space = readSpace(reading, name, raw, path, method);
  const when = readCondition(reading, raw, path);
  return space === undefined ? undefined : { name, space, when };
}

function readSpace(
  reading: Reading,
  name: string,
  raw: RawParameter,
  path: string,
  method: string,
): ParameterSpace | undefined {
  const given = [raw.value !== undefined, raw.values !== undefined, raw.min !== undefined || raw.max !== undefined];
  if (given.filter(Boolean).length !== 1) {
    fail(reading, path, 'Expected exactly one of `value`, `values`, and `min` with `max`');
    return undefined;
  }
  if (given[2]) return readRange(reading, name, raw, path, method);
  const paths = raw.values?.map((_, i) => `${path}.values[${i}]`) ?? [`${path}.value`];
  const values = readValues(reading, name, raw.values ?? [raw.value], paths);
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
): ParameterValue[] | undefined {
  const values = items.map((item, i) => readValue(reading, name, item, paths[i] ?? ''));
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
function readValue(reading: Reading, name: string, value: unknown, path: string): ParameterValue | undefined {
  if (value === null) {
    fail(reading, path, 'Expected a value, got an empty one');
    return undefined;
  }
  if (name === 'strategy') return readStrategy(reading, value, path);
  if (name === 'task') return readTask(reading, value, path);
  return parseBy(reading, plainParameters[name as PlainParameterName], value, path) as ParameterValue | undefined;
}

function readTask(reading: Reading, value: unknown, path: string): string | undefined {
  const task = typeof value === 'string' ? findTask(value) : undefined;
  if (task !== undefined) return task.name;
  const hint = typeof value === 'string' ? didYouMean(value, taskNames) : '';
  fail(reading, path, `Unknown task ${show(value)}.${hint || ` Known: ${taskNames.join(', ')}`}`);
  return undefined;
}

function readRange(
  reading: Reading,
  name: string,
  raw: RawParameter,
  path: string,
  method: string,
): ParameterSpace | undefined {
  const { min, max } = raw;
  if (min === undefined || max === undefined || min > max) {
    fail(
      reading,
      path,
      min === undefined || max === undefined
        ? 'Expected both `min` and `max`'
        : `Expected \`min\` to be at most \`max\`, got ${min} and ${max}`,
    );
    return undefined;
  }
  const whole = Number.isInteger(min) && Number.isInteger(max) && isWhole(name);
  const distribution = raw.distribution ?? (whole ? 'int_uniform' : 'uniform');
  if (distribution === 'constant' || distribution === 'categorical') {
    fail(reading, `${path}.distribution`, `Expected \`value\` or \`values\` with the distribution ${distribution}`);
    return undefined;
  }
  const logarithmic = distribution.includes('log');
  if (logarithmic && min <= 0)
    fail(reading, `${path}.min`, `Expected a positive \`min\` for ${distribution}, got ${min}`);
  const steps = distribution.startsWith('q_') ? (raw.q ?? 1) : distribution === 'int_uniform' ? 1 : null;
  if (method !== 'random' && (steps === null || logarithmic)) {
    fail(reading, path, `A range of ${distribution} needs \`method: random\`; with ${method} write the \`values\` out`);
  }
  let sound = !logarithmic || min > 0;
  for (const [key, bound] of Object.entries({ min, max })) {
    sound = checkBound(reading, name, bound, `${path}.${key}`) && sound;
  }
  return sound ? { kind: 'range', distribution, min, max, q: steps } : undefined;
}

function checkBound(reading: Reading, name: string, bound: number, path: string): boolean {
  if (!plainParameterNames.includes(name as PlainParameterName)) {
    fail(reading, path, `A range cannot be given for ${name}: write its \`values\``);
    return false;
  }
  return parseBy(reading, plainParameters[name as PlainParameterName], bound, path) !== undefined;
}

function readCondition(reading: Reading, raw: RawParameter, path: string): SweepParameter['when'] {
  return Object.entries(raw.when ?? {}).map(([parameter, allowed]) => {
    const values = Array.isArray(allowed) ? allowed : [allowed];
    if (parameter !== 'task') return { parameter, values };
    const tasks = values.map((value, i) => readTask(reading, value, `${path}.when.task[${i}]`) ?? String(value));
    return { parameter, values: tasks };
  });
}

/** Sorted so that a condition is known when its parameter is reached; the file's order otherwise. */
function orderByCondition(reading: Reading, parameters: readonly SweepParameter[]): SweepParameter[] {
  const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const ordered: SweepParameter[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (parameter: SweepParameter): void => {
    if (state.has(parameter.name)) return;
    state.set(parameter.name, 'open');
    for (const condition of parameter.when) {
      const path = `parameters.${parameter.name}.when.${condition.parameter}`;
      const other = byName.get(condition.parameter);
      if (other === undefined) {
        fail(
          reading,
          `${path}#key`,
          `The condition names "${condition.parameter}", which is not among the parameters.${didYouMean(condition.parameter, [...byName.keys()])}`,
        );
        continue;
      }
      if (state.get(other.name) === 'open') {
        fail(reading, `${path}#key`, `The conditions of "${parameter.name}" and "${other.name}" depend on each other`);
        continue;
      }
      checkConditionValues(reading, condition, other, path);
      visit(other);
    }
    state.set(parameter.name, 'done');
    ordered.push(parameter);
  };
  for (const parameter of parameters) visit(parameter);
  return ordered;
}

function checkConditionValues(
  reading: Reading,
  condition: SweepParameter['when'][number],
  other: SweepParameter,
  path: string,
): void {
  if (other.space.kind !== 'values') return;
  const possible = other.space.values.map(labelOf);
  for (const [i, value] of condition.values.entries()) {
    if (possible.includes(value)) continue;
    const hint = didYouMean(String(value), possible.map(String)) || ` It has ${possible.map(String).join(', ')}`;
    fail(reading, `${path}[${i}]`, `"${condition.parameter}" never has the value ${show(value)}.${hint}`);
  }
}

/** A value as conditions, questions and tables name it. */
export function labelOf(value: ParameterValue): string | number | boolean {
  if (typeof value !== 'object') return value;
  return 'label' in value ? value.label : value.join('+');
}
