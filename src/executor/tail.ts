import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { errorCode } from '../store/atomic-file.ts';

/** The last lines of a text file, at most `maxBytes` of it; none where there is no file. */
export function lastLines(path: string, count: number, maxBytes = 16_384): string[] {
  const text = lastBytes(path, maxBytes);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-count);
}

export function lastBytes(path: string, maxBytes: number): string {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
  try {
    const { size } = fstatSync(descriptor);
    const bytes = Buffer.alloc(Math.min(size, maxBytes));
    const read = readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString('utf8', 0, read);
  } finally {
    closeSync(descriptor);
  }
}
