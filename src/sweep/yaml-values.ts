import { isAlias, isMap, isPair, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { readDifferently } from './yaml-versions.ts';

export type YamlSink = {
  readonly place: (path: string, offset: number) => void;
  readonly fail: (offset: number, path: string, message: string) => void;
  readonly warn: (offset: number, path: string, message: string) => void;
};

const maxNodes = 200_000;

type Walk = {
  readonly sink: YamlSink;
  /** As met so far: an alias means the nearest anchor before it. */
  readonly anchors: Map<string, Node>;
  /** Collections that are being read: an alias to one of them would never end. */
  readonly open: Set<Node>;
  nodes: number;
};

/** The values of a parsed document, aliases expanded within bounds; the sink hears of places and faults. */
export function readYamlValues(contents: Node, sink: YamlSink): unknown {
  return readNode({ sink, anchors: new Map(), open: new Set(), nodes: 0 }, contents, '', 0);
}

function readNode(walk: Walk, node: Node | null, path: string, keyOffset: number): unknown {
  const { sink, anchors, open } = walk;
  const offset = node?.range?.[0] ?? keyOffset;
  walk.nodes += 1;
  if (walk.nodes === maxNodes) {
    sink.fail(offset, path, `More than ${maxNodes.toLocaleString('en')} values once aliases are expanded`);
  }
  if (walk.nodes >= maxNodes) return null;
  sink.place(path, offset);
  if (node === null) return null;
  if (isAlias(node)) return readAlias(walk, node.source, path, offset);
  if (node.anchor !== undefined) anchors.set(node.anchor, node);
  if (isScalar(node)) {
    const note = readDifferently(node);
    if (note !== undefined) sink.warn(offset, path, note);
    return node.value;
  }
  open.add(node);
  let value: unknown = null;
  if (isMap(node)) value = readMapping(walk, node, path);
  else if (isSeq(node))
    value = node.items.map((item, i) => readNode(walk, item as Node | null, `${path}[${i}]`, offset));
  open.delete(node);
  return value;
}

function readAlias(walk: Walk, name: string, path: string, offset: number): unknown {
  const target = walk.anchors.get(name);
  if (target !== undefined && !walk.open.has(target)) {
    const value = readNode(walk, target, path, offset);
    walk.sink.place(path, offset);
    return value;
  }
  walk.sink.fail(offset, path, target === undefined ? `Unknown alias *${name}` : `Alias *${name} contains itself`);
  return null;
}

function readMapping(walk: Walk, node: YAMLMap, path: string): Record<string, unknown> {
  const { sink } = walk;
  const result: Record<string, unknown> = {};
  for (const pair of node.items) {
    if (!isPair(pair) || !isScalar(pair.key)) {
      sink.fail(node.range?.[0] ?? 0, path, 'Expected plain names as keys');
      continue;
    }
    const offset = pair.key.range?.[0] ?? 0;
    const key = typeof pair.key.value === 'string' ? pair.key.value : (pair.key.source ?? String(pair.key.value));
    const problem = keyProblem(key, result);
    if (problem !== undefined) sink.fail(offset, path, problem);
    if (key === '__proto__') continue;
    const child = path === '' ? key : `${path}.${key}`;
    sink.place(`${child}#key`, offset);
    result[key] = readNode(walk, pair.value as Node | null, child, offset);
  }
  return result;
}

function keyProblem(key: string, known: Readonly<Record<string, unknown>>): string | undefined {
  if (key === '__proto__') return 'Unknown key "__proto__"';
  if (key === '<<') return 'Merge keys (`<<`) are not part of YAML 1.2: write the values out';
  return Object.hasOwn(known, key) ? `Duplicate key "${key}": keep one of them` : undefined;
}
