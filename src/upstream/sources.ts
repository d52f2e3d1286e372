import { createHash } from 'node:crypto';
import {
  type Dirent,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Python files of a checkout by their paths inside it: all of upstream's program that runs. */
export type Sources = ReadonlyMap<string, Buffer>;

/** A checkout of upstream has some twenty; one with thousands is something else. */
const mostSources = 2000;

/** Folders that hold no sources of upstream's: hidden ones, environments, outputs of its scripts. */
const skipped = new Set(['__pycache__', 'out', 'out-test', 'node_modules', 'site-packages']);

export function readSources(root: string): Sources {
  const paths = listSources(root, '').sort();
  return new Map(paths.map((path) => [path, readFileSync(join(root, path))]));
}

export function hashSources(sources: Sources): string {
  const digest = createHash('sha256');
  for (const [path, bytes] of [...sources].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    digest.update(`${path}\0${bytes.length}\0`).update(bytes);
  }
  return digest.digest('hex');
}

/** Writes the sources into a folder of their own, whole or not at all; a folder that has them is left as it is. */
export function writeSources(sources: Sources, dir: string): void {
  if (existsSync(dir)) {
    if (isSame(sources, dir)) return;
    rmSync(dir, { recursive: true });
  }
  const partial = `${dir}.${process.pid}.partial`;
  try {
    for (const [path, bytes] of sources) {
      mkdirSync(dirname(join(partial, path)), { recursive: true });
      writeFileSync(join(partial, path), bytes);
    }
    renameSync(partial, dir);
  } catch (error) {
    // Another orchestrator wrote the same meanwhile.
    if (!existsSync(dir) || !isSame(sources, dir)) throw error;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

function isSame(sources: Sources, dir: string): boolean {
  return hashSources(readSources(dir)) === hashSources(sources);
}

function listSources(root: string, inside: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(join(root, inside), { withFileTypes: true })) {
    const path = join(inside, entry.name);
    if (isFolder(root, path, entry)) found.push(...listSources(root, path));
    else if (entry.name.endsWith('.py') && statSync(join(root, path), { throwIfNoEntry: false })?.isFile())
      found.push(path);
    if (found.length > mostSources) throw new RangeError(`more than ${mostSources} Python files`);
  }
  return found;
}

/** Links to folders are not followed: they may lead anywhere. */
function isFolder(root: string, path: string, entry: Dirent): boolean {
  if (!entry.isDirectory() || entry.name.startsWith('.') || skipped.has(entry.name)) return false;
  return !existsSync(join(root, path, 'pyvenv.cfg'));
}
