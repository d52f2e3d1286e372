import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import type { SweepFileError, SweepFileWarning } from './errors.ts';
import { readDifferently } from './yaml-versions.ts';

export type Position = { readonly line: number; readonly column: number };

export type YamlDocument = {
  readonly value: unknown;
  /** Where each value stands, and each key under `path#key`. */
  readonly positions: ReadonlyMap<string, Position>;
  readonly errors: readonly SweepFileError[];
  readonly warnings: readonly SweepFileWarning[];
};

const maxCharacters = 1_000_000;
const maxNodes = 200_000;
const maxDepth = 50;

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

  if (text.length > maxCharacters) {
    return refuse(
      `Expected a sweep file of at most ${maxCharacters.toLocaleString('en')} characters, got ${text.length.toLocaleString('en')}`,
    );
  }
  const tooDeep = nestingProblem(text);
  if (tooDeep !== undefined) return refuse(tooDeep);

  const document = parseDocument(text.replace(/^\uFEFF/, ' '), {
    lineCounter: lines,
    uniqueKeys: false,
    merge: false,
    version: '1.2',
  });
  for (const problem of document.errors) fail(problem.pos[0], '', syntaxMessage(problem.code, problem.message));
  for (const problem of document.warnings) fail(problem.pos[0], '', firstLine(problem.message));
  if (errors.length > 0) return { value: undefined, positions, errors: errors.slice(0, 20), warnings };
  if (document.contents === null)
    return refuse('The file is empty: expected at least `name`, `method` and `parameters`');

  let nodes = 0;
  let exhausted = false;
  const open = new Set<Node>();
  /** As met so far: an alias means the nearest anchor before it. */
  const anchors = new Map<string, Node>();

  const mapping = (node: YAMLMap, path: string): Record<string, unknown> => {
    const result: Record<string, unknown> = {};
    for (const pair of node.items) {
      if (!isPair(pair) || !isScalar(pair.key)) {
        fail(node.range?.[0] ?? 0, path, 'Expected plain names as keys');
        continue;
      }
      const offset = pair.key.range?.[0] ?? 0;
      const key = keyText(pair.key);
      if (key === '__proto__') {
        fail(offset, path, 'Unknown key "__proto__"');
        continue;
      }
      const child = path === '' ? key : `${path}.${key}`;
      if (Object.hasOwn(result, key)) fail(offset, path, `Duplicate key "${key}": keep one of them`);
      positions.set(`${child}#key`, positionAt(offset));
      if (key === '<<') fail(offset, path, 'Merge keys (`<<`) are not part of YAML 1.2: write the values out');
      result[key] = convert(pair.value as Node | null, child, offset);
    }
    return result;
  };

  const convert = (node: Node | null, path: string, fallbackOffset: number): unknown => {
    nodes += 1;
    if (nodes > maxNodes) {
      if (!exhausted)
        fail(fallbackOffset, path, `More than ${maxNodes.toLocaleString('en')} values once aliases are expanded`);
      exhausted = true;
      return null;
    }
    const offset = node?.range?.[0] ?? fallbackOffset;
    if (!positions.has(path)) positions.set(path, positionAt(offset));
    if (node === null) return null;
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined || open.has(target)) {
        fail(
          offset,
          path,
          target === undefined ? `Unknown alias *${node.source}` : `Alias *${node.source} contains itself`,
        );
        return null;
      }
      return convert(target, path, offset);
    }
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    if (isScalar(node)) {
      const note = readDifferently(node);
      if (note !== undefined) warnings.push({ file, ...positionAt(offset), path, message: note });
      return typeof node.value === 'bigint' ? Number(node.value) : node.value;
    }
    open.add(node);
    const value = isMap(node)
      ? mapping(node, path)
      : isSeq(node)
        ? node.items.map((item, i) => convert(item as Node | null, `${path}[${i}]`, offset))
        : null;
    open.delete(node);
    return value;
  };

  const value = convert(document.contents, '', 0);
  return { value, positions, errors, warnings };
}

function keyText(key: { value: unknown; source?: string | undefined }): string {
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}

/** Deep nesting would end in a stack overflow inside the parser, so it is counted beforehand. */
function nestingProblem(text: string): string | undefined {
  let depth = 0;
  for (const character of text) {
    if (character === '[' || character === '{') depth += 1;
    if (character === ']' || character === '}') depth -= 1;
    if (depth > maxDepth) return `Brackets are nested more than ${maxDepth} deep`;
  }
  const indicators = /(?:^|\n)[ ]*(?:[-?:] ){50}/.test(text);
  return indicators ? `Lists are nested more than ${maxDepth} deep` : undefined;
}

function syntaxMessage(code: string, message: string): string {
  if (code === 'TAB_AS_INDENT') return 'Tabs cannot indent YAML: use spaces';
  if (code === 'MULTIPLE_DOCS') return 'Expected one document, found a second after `---`';
  return firstLine(message);
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '');
}
