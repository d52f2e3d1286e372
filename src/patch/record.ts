import { createHash } from 'node:crypto';
import { z } from 'zod';
import { moduleFile, readInside, recordFile, trainerFile } from './checkout.ts';
import { PatchError } from './error.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What a patch leaves in the checkout so that it can be undone: the trainer's bytes, and what replaced them. */
const recordSchema = z.strictObject({
  schemaVersion: z.literal(1),
  strategyName: z.string(),
  trainer: z.strictObject({ originalBase64: z.base64(), patchedSha256: sha256 }),
  module: z.strictObject({ sha256 }),
});
export type PatchRecord = z.infer<typeof recordSchema>;

/**
 * The record of an earlier patch, after a look at the files: each must be as the patch left it, or, where one was
 * interrupted, as it was before.
 *
 * @throws PatchError where a file was changed since.
 */
export function readRecord(root: string): PatchRecord | undefined {
  const text = readInside(root, recordFile)?.toString();
  if (text === undefined) return undefined;
  const record = parse(text);
  const original = hashOf(Buffer.from(record.trainer.originalBase64, 'base64'));
  const trainer = readInside(root, trainerFile);
  if (trainer === undefined || ![original, record.trainer.patchedSha256].includes(hashOf(trainer))) {
    throw changed(trainerFile);
  }
  const module = readInside(root, moduleFile);
  if (module !== undefined && hashOf(module) !== record.module.sha256) throw changed(moduleFile);
  return record;
}

export const hashOf = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

function parse(text: string): PatchRecord {
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new PatchError(
      `${recordFile} is not the record of a patch; restore the checkout (git checkout) and remove it`,
      {
        cause,
      },
    );
  }
}

const changed = (file: string) =>
  new PatchError(
    `${file} was changed after it was patched, and is left as it is. Undo your change, or restore the checkout (git checkout) and remove ${recordFile}`,
  );
