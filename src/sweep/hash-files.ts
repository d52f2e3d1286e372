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
  const digest = createHash('sha256');
  for (const name of [...files.keys()].sort()) {
    digest.update(`${name}\0${await hashFile(files.get(name) ?? name)}\n`);
  }
  return digest.digest('hex');
}

/** Line feeds in a file, read in pieces. */
export async function countLines(path: string): Promise<number> {
  let count = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) count += 1;
  }
  return count;
}
