import { z } from 'zod';
import { parameterSchema, type RawParameter } from '../file-schema.ts';
import { orderByCondition } from '../read-conditions.ts';
import { freeRange } from '../read-range.ts';
import { fail, parseBy, type Reading, show } from '../reading.ts';
import type { ParameterSpace, SweepParameter } from '../sweep-file.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const namePattern = /^[A-Za-z_][\w.-]*$/;

/** Parameters of a user's own program: any name, plain values. */
export function readFreeParameters(
  reading: Reading,
  raw: Readonly<Record<string, unknown>>,
  method: string,
): SweepParameter[] {
  const parameters = Object.entries(raw).flatMap(([name, body]) => {
    const path = `parameters.${name}`;
    checkName(reading, name, path);
    const parsed = parseBy(reading, parameterSchema, body, path);
    const space = parsed && readSpace(reading, name, parsed, path, method);
    return space === undefined ? [] : [{ name, space, when: conditionsOf(parsed) }];
  });
  return orderByCondition(reading, parameters);
}

/** One item of `runs`: plain values by name. */
export function readFreeRun(reading: Reading, raw: Readonly<Record<string, unknown>>, path: string): SweepParameter[] {
  return Object.entries(raw).flatMap(([name, body]) => {
    const own = `${path}.${name}`;
    checkName(reading, name, own);
    const value = parseBy(reading, scalar, body, own);
    if (value === undefined) return [];
    return [{ name, space: { kind: 'values', values: [value], paths: [own], probabilities: null }, when: [] }];
  });
}

function checkName(reading: Reading, name: string, path: string): void {
  if (!namePattern.test(name)) {
    fail(reading, `${path}#key`, `Expected a name of letters, digits, "_", "-" and ".", got ${show(name)}`);
  }
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
  if (given[2]) return freeRange(reading, name, raw, path, method);
  const paths = raw.values?.map((_, i) => `${path}.values[${i}]`) ?? [`${path}.value`];
  const values = (raw.values ?? [raw.value]).map((value, i) => parseBy(reading, scalar, value, paths[i] ?? path));
  const sound = values.filter((value) => value !== undefined);
  if (sound.length < values.length) return undefined;
  for (const [i, value] of sound.entries()) {
    if (sound.indexOf(value) < i) fail(reading, paths[i] ?? path, `${show(value)} is listed twice: keep one`);
  }
  if (raw.probabilities !== undefined && (method !== 'random' || raw.probabilities.length !== sound.length)) {
    fail(reading, `${path}.probabilities`, 'Expected `method: random`, and as many probabilities as values');
    return undefined;
  }
  return { kind: 'values', values: sound, paths, probabilities: raw.probabilities ?? null };
}

function conditionsOf(raw: RawParameter | undefined): SweepParameter['when'] {
  return Object.entries(raw?.when ?? {}).map(([parameter, allowed]) => ({
    parameter,
    values: Array.isArray(allowed) ? allowed : [allowed],
  }));
}
