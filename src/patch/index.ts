import { chmodSync, existsSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { moduleFile, readInside, recordFile, requireCheckout, requireWritable, trainerFile } from './checkout.ts';
import { diffOfEdits, diffOfNewFile } from './diff.ts';
import { PatchError } from './error.ts';
import { hashOf, type PatchRecord, readRecord } from './record.ts';
import { applyEdits, trainerEdits } from './trainer-source.ts';
import { versionDisagreements } from './version-flag.ts';

export { PatchError } from './error.ts';

export type PatchedStrategy = {
  readonly name: string;
  /** The emitted module. */
  readonly code: string;
  /** The number of a numbered version, whose flag the checkout's scripts may set otherwise; null for others. */
  readonly version: number | null;
};

export type Patch = {
  readonly root: string;
  /** Whether the checkout is as this patch leaves it. */
  readonly done: boolean;
  /** In the bytes of the checkout, which may be in any encoding. */
  readonly diff: Buffer;
  /** The strategy of an earlier patch; the diff is that of the checkout without it. */
  readonly earlier: string | null;
  readonly warnings: readonly string[];
  readonly trainer: Buffer;
  readonly module: string;
  readonly record: PatchRecord;
};

/**
 * What putting a strategy into a checkout of upstream's repository would change; writes nothing.
 *
 * @throws PatchError where the checkout is foreign, was changed, or has links that lead outside it.
 */
export function planPatch(checkout: string, strategy: PatchedStrategy): Patch {
  const root = requireCheckout(checkout);
  const earlier = readRecord(root);
  const present = readInside(root, trainerFile);
  if (present === undefined) {
    throw new PatchError(`Expected a checkout of CoFiPruning at ${root}; it has no ${trainerFile}`);
  }
  const module = readInside(root, moduleFile);
  if (earlier === undefined && module !== undefined) {
    throw new PatchError(`${moduleFile} is there, but no record of a patch. Remove the file first if it is not needed`);
  }
  const original = earlier === undefined ? present : Buffer.from(earlier.trainer.originalBase64, 'base64');
  const lines = original.toString('latin1').split('\n');
  const edits = trainerEdits(lines, strategy.name, strategy.code.includes('\nlogger = '));
  const trainer = Buffer.from(applyEdits(lines, edits).join('\n'), 'latin1');
  return {
    root,
    done: module?.equals(Buffer.from(strategy.code)) === true && present.equals(trainer),
    diff: Buffer.concat([
      Buffer.from(diffOfEdits(trainerFile, lines, edits), 'latin1'),
      Buffer.from(diffOfNewFile(moduleFile, strategy.code)),
    ]),
    earlier: earlier?.strategyName ?? null,
    warnings: strategy.version === null ? [] : versionDisagreements(root, strategy.version),
    trainer,
    module: strategy.code,
    record: {
      schemaVersion: 1,
      strategyName: strategy.name,
      trainer: { originalBase64: original.toString('base64'), patchedSha256: hashOf(trainer) },
      module: { sha256: hashOf(strategy.code) },
    },
  };
}

/**
 * Writes what was planned. An interrupted one can be run again, or reverted.
 *
 * @throws PatchError where the checkout may not be written in.
 */
export function applyPatch({ root, done, trainer, module, record }: Patch): void {
  if (done) return;
  requireWritable(root);
  if (readRecord(root) !== undefined) revertPatch(root);
  write(root, recordFile, `${JSON.stringify(record)}\n`);
  write(root, moduleFile, module);
  write(root, trainerFile, trainer);
}

/**
 * Brings back every byte that the patch changed; false where there is no patch.
 *
 * @throws PatchError where a file was changed since, or the checkout may not be written in; then nothing is written.
 */
export function revertPatch(checkout: string): boolean {
  const root = requireCheckout(checkout);
  const record = readRecord(root);
  if (record === undefined) return false;
  requireWritable(root);
  write(root, trainerFile, Buffer.from(record.trainer.originalBase64, 'base64'));
  rmSync(join(root, moduleFile), { force: true });
  rmSync(join(root, recordFile));
  return true;
}

/** Replaces a file at once, with the permissions that it had. */
function write(root: string, file: string, content: string | Buffer): void {
  const given = join(root, file);
  const path = existsSync(given) ? realpathSync(given) : given;
  const partial = `${path}.${process.pid}.partial`;
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  try {
    writeFileSync(partial, content, { flag: 'wx' });
    if (mode !== undefined) chmodSync(partial, mode);
    renameSync(partial, path);
  } finally {
    rmSync(partial, { force: true });
  }
}
