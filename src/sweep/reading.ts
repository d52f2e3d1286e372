import { z } from 'zod';
import { type SweepFileError, SweepFileProblems, type SweepFileWarning } from './errors.ts';
import { didYouMean } from './suggest.ts';
import type { Position, YamlDocument } from './yaml-document.ts';

/** What the parts of the parser share: where values stand, and what was found wrong so far. */
export type Reading = {
  readonly file: string;
  readonly positions: ReadonlyMap<string, Position>;
  readonly errors: SweepFileError[];
  readonly warnings: SweepFileWarning[];
};

export function startReading(document: YamlDocument, file: string): Reading {
  return { file, positions: document.positions, errors: [...document.errors], warnings: [...document.warnings] };
}

export function fail(reading: Reading, path: string, message: string): void {
  reading.errors.push(at(reading, path, message));
}

/** The message at the position of the path, or of the nearest thing around it that the file has. */
export function at(where: Pick<Reading, 'file' | 'positions'>, path: string, message: string): SweepFileError {
  const { line, column } = locate(where.positions, path);
  const shown = where.positions.has(path) ? path : snake(path);
  return { file: where.file, line, column, path: shown.replace(/#key$/, ''), message };
}

/** One thing that is wrong with a sweep that was read, at its place. */
export function sweepProblem(
  sweep: Pick<Reading, 'file' | 'positions'>,
  path: string,
  message: string,
): SweepFileProblems {
  return new SweepFileProblems([at(sweep, path, message)]);
}

/** Parses by a zod schema; every issue becomes an error at its place, and undefined is returned. */
export function parseBy<S extends z.ZodType>(
  reading: Reading,
  schema: S,
  value: unknown,
  path: string,
): z.infer<S> | undefined {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) report(reading, issue, path, schema);
  return undefined;
}

function report(reading: Reading, issue: z.core.$ZodIssue, base: string, schema: z.ZodType): void {
  const path = join(base, issue.path);
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) {
      const known = keysAt(schema, issue.path, issue.input);
      const list = known.length > 0 && known.length <= 20 ? `; known here: ${known.join(', ')}` : '';
      const hint = didYouMean(key, known);
      fail(reading, `${join(path, [key])}#key`, `Unknown key "${key}"${hint === '' ? list : `.${hint}`}`);
    }
    return;
  }
  fail(reading, path, describe(issue));
}

function describe(issue: z.core.$ZodIssue): string {
  const got = show(issue.input);
  if (!/^(?:Invalid|Too|Unrecognized)/.test(issue.message))
    return issue.input === undefined ? `Missing. ${issue.message}` : `${issue.message}, got ${got}`;
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return `Missing: expected ${article(issue.expected)}`;
      return `Expected ${article(issue.expected)}, got ${got}`;
    case 'invalid_value': {
      const values = issue.values.map(String);
      if (issue.input === undefined) return `Missing: expected ${oneOf(values)}`;
      return `Expected ${oneOf(values)}, got ${got}.${typeof issue.input === 'string' ? didYouMean(issue.input, values) : ''}`.replace(
        /\.$/,
        '',
      );
    }
    case 'too_small':
      if (issue.origin === 'array')
        return issue.minimum === 1
          ? 'Expected at least one value, got none'
          : `Expected at least ${issue.minimum} values`;
      if (issue.origin === 'string') return 'Expected a text that is not empty';
      return `Expected a number ${issue.inclusive ? 'of at least' : 'above'} ${issue.minimum}, got ${got}`;
    case 'too_big':
      return `Expected ${issue.origin === 'array' ? 'a list' : 'a number'} ${issue.inclusive ? 'of at most' : 'below'} ${issue.maximum}, got ${got}`;
    case 'invalid_union':
      return unionMessage(issue, got);
    default:
      return `Not understood: ${got}`;
  }
}

function unionMessage(issue: Extract<z.core.$ZodIssue, { code: 'invalid_union' }>, got: string): string {
  if (issue.discriminator !== undefined) {
    const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
    const given = (issue.input as Record<string, unknown> | undefined)?.[issue.discriminator];
    const hint = typeof given === 'string' ? didYouMean(given, options) : '';
    return `Expected \`${issue.discriminator}\` to be ${oneOf(options)}, got ${given === undefined ? 'nothing' : show(given)}.${hint}`.replace(
      /\.$/,
      '',
    );
  }
  const alternatives = issue.errors.flatMap((issues) => issues.slice(0, 1).map((inner) => describe(inner)));
  const named = alternatives.find((text) => text.includes('Did you mean'));
  return named ?? (alternatives.length > 0 ? [...new Set(alternatives)].join('; or: ') : `Not understood: ${got}`);
}

type Shape = Readonly<Record<string, unknown>>;

/** The keys that a (nested) object schema knows, for suggestions; of a union those of the member that the input names. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[], input: unknown): string[] {
  let current: unknown = schema;
  for (const step of path) current = child(unwrap(current), step);
  const found = unwrap(current) as { shape?: Shape; options?: readonly { shape?: Shape }[] } | undefined;
  const shape = found?.shape ?? found?.options?.find((option) => option.shape && isNamedBy(option.shape, input))?.shape;
  return shape === undefined ? [] : Object.keys(shape);
}

function isNamedBy(shape: Shape, input: unknown): boolean {
  const literals = Object.entries(shape).filter(([, field]) => field instanceof z.ZodLiteral);
  return literals.every(
    ([key, field]) => (field as z.ZodLiteral).safeParse((input as Shape | undefined)?.[key]).success,
  );
}

function child(schema: unknown, step: PropertyKey): unknown {
  const holder = schema as
    | { shape?: Record<PropertyKey, unknown>; element?: unknown; options?: readonly unknown[] }
    | undefined;
  if (holder?.shape !== undefined) return holder.shape[step];
  return holder?.element;
}

function unwrap(schema: unknown): unknown {
  let current = schema as { unwrap?: () => unknown; element?: unknown } | undefined;
  while (current !== undefined && typeof current.unwrap === 'function' && current.element === undefined) {
    current = current.unwrap() as typeof current;
  }
  return current;
}

export function join(base: string, steps: readonly PropertyKey[]): string {
  let path = base;
  for (const step of steps) {
    path = typeof step === 'number' ? `${path}[${step}]` : path === '' ? String(step) : `${path}.${String(step)}`;
  }
  return path;
}

function locate(positions: ReadonlyMap<string, Position>, path: string): Position {
  let rest = path;
  for (;;) {
    const found = positions.get(rest) ?? positions.get(snake(rest));
    if (found !== undefined) return found;
    if (rest === '') return { line: 1, column: 1 };
    const cut = rest.endsWith('#key') ? rest.length - 4 : Math.max(rest.lastIndexOf('.'), rest.lastIndexOf('['), 0);
    rest = rest.slice(0, cut);
  }
}

/** The schema's spelling as the file has it. */
function snake(path: string): string {
  return path.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A value as an error shows it: short, on one line. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'an empty value';
  if (typeof value === 'number') return String(value);
  const text = Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'a mapping' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function oneOf(values: readonly string[]): string {
  return values.length === 1 ? `"${values[0]}"` : `one of ${values.join(', ')}`;
}

const articles: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list of two lists',
  object: 'a mapping',
  record: 'a mapping',
};

function article(expected: string): string {
  return articles[expected] ?? expected;
}
