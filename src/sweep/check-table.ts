import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { TableLayout } from '../glue/tables.ts';
import { FactsError } from './facts-error.ts';
import { type RowCheck, rowCheck } from './table-rows.ts';
import { otherThanUtf8 } from './utf8.ts';

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
  const other = otherThanUtf8(bytes);
  const lines = bytes.toString('utf8', 0, other?.lineStart).split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const line of lines) check.row(line);
  if (other !== undefined) throw new FactsError(`${path}, line ${check.lines() + 1}: ${other.message}`);
}
