import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { TableLayout } from '../glue/tables.ts';
import { FactsError } from './facts-error.ts';
import { type RowCheck, rowCheck } from './table-rows.ts';

export type CheckedTable = {
  /** SHA-256 of the file's bytes, hexadecimal. */
  readonly digest: string;
  readonly lines: number;
};

const lineFeed = 10;

/**
 * Reads a GLUE file once, in pieces: its hash, its length, and whether the stages can use every row.
 *
 * @throws FactsError naming file, line, what was found and what was expected.
 */
export async function checkTable(path: string, layout: TableLayout): Promise<CheckedTable> {
  const digest = createHash('sha256');
  const check = rowCheck(path, layout);
  let begun: Buffer[] = [];
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    digest.update(piece);
    const end = piece.lastIndexOf(lineFeed) + 1;
    if (end > 0) {
      checkLines(Buffer.concat([...begun, piece.subarray(0, end)]), path, check);
      begun = [];
    }
    begun.push(piece.subarray(end));
  }
  checkLines(Buffer.concat(begun), path, check);
  return { digest: digest.digest('hex'), lines: check.end() };
}

/** Whole lines; the last may lack its line feed. */
function checkLines(bytes: Buffer, path: string, check: RowCheck): void {
  const text = isUtf8(bytes) ? bytes : bytes.subarray(0, startOfOtherThanText(bytes));
  const lines = text.toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const line of lines) check.row(line);
  if (text.length === bytes.length) return;
  const line = bytes.subarray(text.length);
  const at = badByte(line);
  const byte = line.toString('hex', at, at + 1);
  throw new FactsError(
    `${path}, line ${check.lines() + 1}: expected UTF-8 text, found byte 0x${byte} at position ${at + 1}`,
  );
}

/** Where the first line starts that is not UTF-8. */
function startOfOtherThanText(bytes: Buffer): number {
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(lineFeed, start) + 1;
    if (end === 0 || !isUtf8(bytes.subarray(start, end))) return start;
    start = end;
  }
}

/** The first byte that decoding replaces. */
function badByte(line: Buffer): number {
  const decoded = Buffer.from(line.toString('utf8'), 'utf8');
  const at = line.findIndex((byte, i) => byte !== decoded[i]);
  return Math.max(0, at);
}
