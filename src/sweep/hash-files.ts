import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** SHA-256 of a file's bytes, hexadecimal, read in pieces. */
export async function hashFile(path: string): Promise<string> {
  const digest = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), digest);
  return digest.digest('hex');
}

/** One hash over several files: their names and contents, in the order of the names. */
export async function hashFiles(files: ReadonlyMap<string, string>): Promise<string> {
  const digests = new Map<string, string>();
  for (const [name, path] of files) digests.set(name, await hashFile(path));
  return hashDigests(digests);
}

/** One hash over the hashes of several files by their names. */
export function hashDigests(digests: ReadonlyMap<string, string>): string {
  const digest = createHash('sha256');
  for (const name of [...digests.keys()].sort()) digest.update(`${name}\0${digests.get(name) ?? ''}\n`);
  return digest.digest('hex');
}
