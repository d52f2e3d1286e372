import { createHash } from 'node:crypto';
import { z } from 'zod';
import { readFileIfAny, writeFileAtomic } from '../../store/atomic-file.ts';
import { embeddedFiles } from './embedded-data.ts';
import type { Layout } from './layout.ts';

const stampSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** Hash of everything that set-up goes by. */
  inputs: z.string(),
  /** Whether the packages of checks and tests are installed too. */
  checks: z.boolean(),
});

export type Stamp = z.infer<typeof stampSchema>;

/** The stamp that set-up wrote when all was done; undefined where it never got that far, or the stamp cannot be read. */
export function readStamp(layout: Layout): Stamp | undefined {
  const text = readFileIfAny(layout.stamp);
  if (text === undefined) return undefined;
  try {
    return stampSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function writeStamp(layout: Layout, stamp: Omit<Stamp, 'schemaVersion'>): void {
  writeFileAtomic(layout.stamp, `${JSON.stringify({ schemaVersion: 1, ...stamp }, null, 2)}\n`);
}

/** Requirements, npm's lock file, the environment's Python, and the hashes of the data. */
export function hashInputs(layout: Layout): string {
  const hash = createHash('sha256');
  const files = [...Object.values(layout.requirements), layout.packageLock, `${layout.venv}/pyvenv.cfg`];
  for (const path of files) hash.update(`${readFileIfAny(path) ?? ''}\0`);
  for (const { sha256 } of embeddedFiles) hash.update(sha256);
  return hash.digest('hex');
}
