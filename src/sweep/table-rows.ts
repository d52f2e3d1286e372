import { scoreRange, type TableLayout } from '../glue/tables.ts';
import { FactsError } from './facts-error.ts';

export type RowCheck = {
  /** The next line, without its line feed. */
  readonly row: (line: string) => void;
  /** Lines so far. */
  readonly lines: () => number;
  /** After the last line: their number. */
  readonly end: () => number;
};

/** Checks the rows of a GLUE file as the stages will when they read it; throws FactsError in their words. */
export function rowCheck(path: string, layout: TableLayout): RowCheck {
  const hasHeader = layout.width === null;
  let lines = 0;
  let width = layout.width ?? 0;
  let columns = layout.columns.map(Number);
  let shortRows = layout.shortRows;
  const fail = (message: string): never => {
    throw new FactsError(`${path}, line ${lines}: ${message}`);
  };
  const readHeader = (fields: readonly string[]) => {
    const missing = layout.columns.find((column) => !fields.includes(column));
    if (missing !== undefined) fail(`the header has no column ${quoted(missing)}; found ${fields.join(', ')}`);
    width = fields.length;
    columns = layout.columns.map((column) => fields.indexOf(column));
  };
  const row = (text: string) => {
    lines += 1;
    const start = lines === 1 && text.startsWith('\uFEFF') ? 1 : 0;
    const line = text.slice(start, text.endsWith('\r') ? -1 : undefined);
    const fields = line.split('\t');
    if (hasHeader && lines === 1) return readHeader(fields);
    if (fields.length < width && shortRows > 0) {
      shortRows -= 1;
      return;
    }
    if (fields.length !== width) {
      fail(`expected ${width} tab-separated fields, found ${fields.length}: ${quoted(shortened(line))}`);
    }
    const values = columns.map((column) => fields[column] ?? '');
    const problem = valuesProblem(values.slice(0, -1), values.at(-1) ?? '', layout);
    if (problem !== undefined) fail(problem);
  };
  const end = () => {
    if (hasHeader && lines === 1) throw new FactsError(`${path} has a header and no rows`);
    return lines;
  };
  return { row, lines: () => lines, end };
}

function valuesProblem(sentences: readonly string[], label: string, { labelIds }: TableLayout): string | undefined {
  if (sentences.some((sentence) => sentence.trim() === '')) return 'a sentence is empty';
  if (labelIds !== null) {
    return Object.hasOwn(labelIds, label)
      ? undefined
      : `unknown label ${quoted(label)}, expected ${Object.keys(labelIds).join(' or ')}`;
  }
  const [low, high] = scoreRange;
  const score = decimal.test(label.trim()) ? Number(label) : Number.NaN;
  return score >= low && score <= high
    ? undefined
    : `unknown score ${quoted(label)}, expected a number from ${low} to ${high}`;
}

/** What Python's float and JavaScript's Number both read, and the same. */
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

function shortened(line: string): string {
  const characters = [...line];
  return characters.length <= 60 ? line : `${characters.slice(0, 57).join('')}...`;
}

/** As the stages, in Python, quote what they found. */
function quoted(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\r': '\\r', [mark]: `\\${mark}` };
  return `${mark}${[...text].map((character) => escapes[character] ?? character).join('')}${mark}`;
}
