import { type Document, LineCounter, parseDocument, type YAMLParseError, type YAMLWarning } from 'yaml';
import type { SweepFileError, SweepFileWarning } from './errors.ts';
import { readYamlValues } from './yaml-values.ts';

export type Position = { readonly line: number; readonly column: number };

export type YamlDocument = {
  readonly value: unknown;
  /** Where each value stands, and each key under `path#key`. */
  readonly positions: ReadonlyMap<string, Position>;
  readonly errors: readonly SweepFileError[];
  readonly warnings: readonly SweepFileWarning[];
};

const maxCharacters = 1_000_000;
const maxDepth = 50;
/** A broken file breaks in many places: the first ones say enough. */
const maxSyntaxErrors = 20;

/** Reads a sweep file's YAML (1.2) with the position of every value; refuses what is ambiguous or grows without bound. */
export function readYamlDocument(text: string, file: string): YamlDocument {
  const positions = new Map<string, Position>();
  const errors: SweepFileError[] = [];
  const warnings: SweepFileWarning[] = [];
  const lines = new LineCounter();
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const fail = (offset: number, path: string, message: string) => {
    errors.push({ file, ...positionAt(offset), path, message });
  };
  const refuse = (message: string): YamlDocument => {
    errors.push({ file, line: 1, column: 1, path: '', message });
    return { value: undefined, positions, errors, warnings };
  };

  const unbounded = sizeProblem(text);
  if (unbounded !== undefined) return refuse(unbounded);
  const source = text.replace(/^\uFEFF/, '');
  const document = parseDocument(source, { lineCounter: lines, uniqueKeys: false, merge: false, version: '1.2' });
  for (const problem of syntaxErrors(document)) {
    fail(problem.pos[0], '', syntaxMessage(problem.code, problem.message));
  }
  if (errors.length > 0) return { value: undefined, positions, errors, warnings };
  if (document.contents === null) {
    return refuse('The file is empty: expected at least `name`, `method` and `parameters`');
  }
  const value = readYamlValues(document.contents, {
    place: (path, offset) => positions.set(path, positionAt(offset)),
    fail,
    warn: (offset, path, message) => warnings.push({ file, ...positionAt(offset), path, message }),
  });
  return { value, positions, errors, warnings };
}

/** The parser goes on after a tab with lines that it takes for another level's: what it finds there is not so. */
function syntaxErrors({ errors, warnings }: Document.Parsed): (YAMLParseError | YAMLWarning)[] {
  const tab = errors.find(({ code }) => code === 'TAB_AS_INDENT');
  return tab === undefined ? [...errors, ...warnings].slice(0, maxSyntaxErrors) : [tab];
}

/** Deep nesting would end in a stack overflow inside the parser, so it is counted beforehand. */
function sizeProblem(text: string): string | undefined {
  if (text.length > maxCharacters) {
    const [most, got] = [maxCharacters, text.length].map((count) => count.toLocaleString('en'));
    return `Expected a sweep file of at most ${most} characters, got ${got}`;
  }
  let depth = 0;
  for (const character of text) {
    if (character === '[' || character === '{') depth += 1;
    if (character === ']' || character === '}') depth -= 1;
    if (depth > maxDepth) return `Brackets are nested more than ${maxDepth} deep`;
  }
  const nested = /(?:^|\n)[ ]*(?:[-?:] ){50}/.test(text) || /(?:^|\n)[ ]{200}[ ]*\S/.test(text);
  return nested ? `Values are nested more than ${maxDepth} deep, or indented by more than 200 spaces` : undefined;
}

function syntaxMessage(code: string, message: string): string {
  if (code === 'TAB_AS_INDENT') return 'Tabs cannot indent YAML: use spaces';
  if (code === 'MULTIPLE_DOCS') return 'Expected one document, found a second after `---`';
  return (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '');
}
