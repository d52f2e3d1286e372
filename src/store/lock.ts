import { mkdirSync, readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { createFileExclusive, errorCode, readFileIfAny, removeFile } from './atomic-file.ts';
import { type Identity, identitySchema, isSame, livenessOf } from './identity.ts';

/**
 * A lock that its holder's death releases: numbered files, the highest counts, each created exclusively. A released file
 * is emptied, not removed: numbers only rise, so nobody can take one that a slow contender still believes to be next.
 */
export type Lock = { readonly path: string; readonly release: () => void };
export type LockAttempt = { readonly lock: Lock } | { readonly heldBy: Identity };

/**
 * Takes the lock kept in a folder, or says who holds it.
 * `isHeld` decides whether an earlier holder still counts; by default while its process is not known to be dead.
 */
export function takeLock(
  dir: string,
  holder: Identity,
  isHeld: (identity: Identity) => boolean = (identity) => livenessOf(identity) !== 'dead',
): LockAttempt {
  mkdirSync(dir, { recursive: true });
  for (;;) {
    const numbers = holderNumbers(dir);
    const highest = numbers.at(-1) ?? 0;
    const current = highest > 0 ? readHolder(pathOf(dir, highest)) : undefined;
    if (current && isHeld(current)) return { heldBy: current };
    const path = pathOf(dir, highest + 1);
    if (!createFileExclusive(path, `${JSON.stringify(holder)}\n`)) continue;
    // A slow contender may have created a number that others had gone past and removed.
    if (holderNumbers(dir).at(-1) !== highest + 1) {
      removeFile(path);
      continue;
    }
    for (const number of numbers.slice(0, -1)) removeFile(pathOf(dir, number));
    return { lock: { path, release: () => release(path) } };
  }
}

/** Needs no disk space; a file that is gone was released by whoever removed the folder. */
function release(path: string): void {
  try {
    truncateSync(path, 0);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/** Releases the lock in place of a holder that is gone, which nobody here can see: the caller knows. */
export function releaseFor(dir: string, holder: Identity): void {
  const highest = holderNumbers(dir).at(-1);
  const current = highest === undefined ? undefined : readHolder(pathOf(dir, highest));
  if (highest !== undefined && current && isSame(current, holder)) release(pathOf(dir, highest));
}

/** Who holds the lock now, if anybody. */
export function lockHolder(dir: string): Identity | undefined {
  const highest = holderNumbers(dir).at(-1);
  const holder = highest === undefined ? undefined : readHolder(pathOf(dir, highest));
  return holder && livenessOf(holder) !== 'dead' ? holder : undefined;
}

function readHolder(path: string): Identity | undefined {
  const text = readFileIfAny(path);
  if (text === undefined) return undefined;
  try {
    return identitySchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function holderNumbers(dir: string): number[] {
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch {
    return [];
  }
  return names
    .map((name) => /^holder-(\d+)\.json$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

function pathOf(dir: string, number: number): string {
  return join(dir, `holder-${number}.json`);
}
