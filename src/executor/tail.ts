import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { errorCode } from '../store/atomic-file.ts';

/** The last lines of a text file, at most `maxBytes` of it; none where there is no file. */
export function lastLines(path: string, count: number, maxBytes = 16_384): string[] {
  const text = lastBytes(path, maxBytes);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-count);
}

export function lastBytes(path: string, maxBytes: number): string {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return readBytes(path, Math.max(0, size - maxBytes), maxBytes).toString('utf8');
}

export type TextTail = {
  /** The lines completed since the last call. */
  readonly readLines: () => string[];
  /** The last line, where its writer ended without completing it. */
  readonly readRest: () => string[];
};

/** Follows a text file that grows, or is not there yet; a line still being written is left for a later call. */
export function followText(path: string): TextTail {
  let offset = 0;
  let partial = Buffer.alloc(0);
  return {
    readLines: () => {
      const bytes = Buffer.concat([partial, readBytes(path, offset, maxReadBytes)]);
      offset += bytes.length - partial.length;
      const end = bytes.lastIndexOf(0x0a) + 1;
      partial = bytes.subarray(end);
      return end === 0 ? [] : bytes.toString('utf8', 0, end - 1).split('\n');
    },
    readRest: () => {
      const rest = partial;
      partial = Buffer.alloc(0);
      return rest.length === 0 ? [] : [rest.toString('utf8')];
    },
  };
}

const maxReadBytes = 1 << 20;

function readBytes(path: string, offset: number, maxBytes: number): Buffer<ArrayBuffer> {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
  try {
    const available = fstatSync(descriptor).size - offset;
    const bytes = Buffer.alloc(Math.max(0, Math.min(available, maxBytes)));
    return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, offset));
  } finally {
    closeSync(descriptor);
  }
}
