import { createHash } from 'node:crypto';
import { createReadStream, type Dirent, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { errorCode, readFileIfAny, writeFileAtomic } from './atomic-file.ts';
import { resultPathOf, sealPathOf } from './paths.ts';

/** Checksums of all that a finished stage leaves, so that damage is found before use. */
const sealSchema = z.strictObject({
  schemaVersion: z.literal(1),
  attempt: z.int().min(0),
  /** What was found wrong with these files later, if anything. */
  damage: z.string().nullable(),
  /** `modifiedMs`: without it, or where it is another, the checksum tells. */
  files: z.record(
    z.string(),
    z.strictObject({ sha256: z.string(), bytes: z.int(), modifiedMs: z.number().optional() }),
  ),
});
export type Seal = z.infer<typeof sealSchema>;

/** What is no output: it changes, or is removed, after the stage has finished. */
const unsealed = new Set(['attempts', 'claims', 'checkpoint', 'parity.json', 'seal.json']);

export async function sealStage(stageDir: string, attempt: number): Promise<Seal> {
  const files: Seal['files'] = {};
  for (const path of outputFiles(stageDir)) {
    const { size, mtimeMs } = statSync(path);
    files[relative(stageDir, path)] = { sha256: await hashFile(path), bytes: size, modifiedMs: mtimeMs };
  }
  const seal: Seal = { schemaVersion: 1, attempt, damage: null, files };
  writeFileAtomic(sealPathOf(stageDir), `${JSON.stringify(seal)}\n`);
  return seal;
}

/** So that no later look takes the damaged files for good ones. */
export function markDamaged(stageDir: string, seal: Seal, damage: string): void {
  if (!existsSync(stageDir)) return;
  writeFileAtomic(sealPathOf(stageDir), `${JSON.stringify({ ...seal, damage })}\n`);
}

/** Stands in for a seal that was lost. */
export function emptySeal(attempt: number): Seal {
  return { schemaVersion: 1, attempt, damage: null, files: {} };
}

export function readSeal(stageDir: string): Seal | undefined {
  const text = readFileIfAny(sealPathOf(stageDir));
  if (text === undefined) return undefined;
  try {
    return sealSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Whether every file has the size and the time of change that it was sealed with: a look that reads none of them. */
export function isAsSealed(stageDir: string, { damage, files }: Seal): boolean {
  return (
    damage === null &&
    Object.entries(files).every(([name, { bytes, modifiedMs }]) => {
      const stat = statSync(join(stageDir, name), { throwIfNoEntry: false });
      return stat?.size === bytes && stat.mtimeMs === modifiedMs;
    })
  );
}

/** After a look at checksums has found nothing: files that were copied have other times. */
export function renewTimes(stageDir: string, seal: Seal): Seal {
  const files = Object.fromEntries(
    Object.entries(seal.files).map(([name, file]) => [
      name,
      { ...file, modifiedMs: statSync(join(stageDir, name)).mtimeMs },
    ]),
  );
  const renewed = { ...seal, files };
  writeFileAtomic(sealPathOf(stageDir), `${JSON.stringify(renewed)}\n`);
  return renewed;
}

/**
 * What is wrong with a sealed stage's files, or undefined. Quick: sizes, and checksums of the result and of what has
 * another time of change than it was sealed with; deep: every checksum; numbers: quick, without the weights and
 * probes in folders of their own, so that copies without them still have their numbers.
 */
export async function findDamage(
  stageDir: string,
  seal: Seal,
  depth: 'quick' | 'deep' | 'numbers',
): Promise<string | undefined> {
  if (seal.damage !== null) return seal.damage;
  const result = relative(stageDir, resultPathOf(stageDir));
  for (const [name, { sha256, bytes, modifiedMs }] of Object.entries(seal.files)) {
    if (depth === 'numbers' && dirname(name) !== '.') continue;
    const path = join(stageDir, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return `${path} is missing`;
    if (stat.size !== bytes) return `${path}: expected ${bytes} bytes, found ${stat.size}`;
    const isRead = depth === 'deep' || name === result || stat.mtimeMs !== modifiedMs;
    if (isRead && (await hashFile(path)) !== sha256) {
      return `${path}: its checksum is not the recorded one`;
    }
  }
  return undefined;
}

const wholeReadBytes = 1 << 20;

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  if (statSync(path).size <= wholeReadBytes) return hash.update(readFileSync(path)).digest('hex');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function outputFiles(dir: string, top = true): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
  return entries
    .filter((entry) => !(top && unsealed.has(entry.name)) && !entry.name.endsWith('.tmp'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) return outputFiles(path, false);
      return entry.isFile() ? [path] : [];
    });
}
