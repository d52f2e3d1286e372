import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';

let counter = 0;

/** Replaces a file so that a reader sees the old text or the new one, never a part. */
export function writeFileAtomic(path: string, text: string): void {
  const temporary = temporaryPath(path);
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    removeFile(temporary);
    throw namingPath(error, path);
  }
}

/** Creates a file with its whole text, or returns false where it already exists; safe on NFS too. */
export function createFileExclusive(path: string, text: string): boolean {
  const temporary = temporaryPath(path);
  try {
    writeFileSync(temporary, text);
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw namingPath(error, path);
  } finally {
    removeFile(temporary);
  }
}

/** Removes a file where it is there. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/** A file's text, or undefined where there is no such file. */
export function readFileIfAny(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export function isDiskFull(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** A write that finds the disk full knows no path: its message gets one. */
export function namingPath(error: unknown, path: string): unknown {
  if (error instanceof Error && isDiskFull(error) && !('path' in error)) error.message += ` '${path}'`;
  return error;
}

function temporaryPath(path: string): string {
  counter += 1;
  return `${path}.${process.pid}-${counter}.tmp`;
}
