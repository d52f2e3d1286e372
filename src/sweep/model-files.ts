import { existsSync, readFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FactsError } from './facts-error.ts';

const tensorSchema = z.object({ data_offsets: z.tuple([z.int().min(0), z.int().min(0)]) });

/**
 * Holds the length of a safetensors file against what its header says.
 *
 * @throws FactsError where it is cut short, or is none.
 */
export async function checkSafetensors(path: string): Promise<void> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const prefix = Buffer.alloc(8);
    await file.read(prefix, 0, 8, 0);
    if (prefix.toString() === 'version ') {
      throw new FactsError(
        `${path} is a Git LFS pointer, not the weights themselves: run \`git lfs pull\` in its folder`,
      );
    }
    const headerLength = size < 8 ? 0 : Number(prefix.readBigUInt64LE(0));
    // The format allows headers of 100 MB at most.
    if (headerLength < 2 || headerLength > 100_000_000)
      throw new FactsError(`${path} is no safetensors file: get it again`);
    const header = Buffer.alloc(Math.min(headerLength, Math.max(0, size - 8)));
    await file.read(header, 0, header.length, 8);
    const expected = 8 + headerLength + (header.length < headerLength ? 0 : dataLength(header.toString(), path));
    if (size === expected) return;
    const missing = size < expected ? 'is cut short' : 'does not end where its header says';
    throw new FactsError(
      `${path} ${missing}: expected ${header.length < headerLength ? 'more than ' : ''}${expected.toLocaleString('en')} bytes, got ${size.toLocaleString('en')}. Get it again`,
    );
  } finally {
    await file.close();
  }
}

function dataLength(header: string, path: string): number {
  try {
    const { __metadata__: _, ...tensors } = JSON.parse(header);
    const ends = Object.values(tensors).map((tensor) => tensorSchema.parse(tensor).data_offsets[1]);
    return ends.reduce((highest, end) => Math.max(highest, end), 0);
  } catch {
    throw new FactsError(`${path} is no safetensors file, its header cannot be read: get it again`);
  }
}

const tokenizerSchema = z.object({
  model: z.object({
    vocab: z.union([z.record(z.string(), z.unknown()), z.array(z.tuple([z.string()]).rest(z.unknown()))]),
  }),
  added_tokens: z.array(z.object({ content: z.string() })).default([]),
});

/**
 * Holds the number of a tokenizer's tokens against the rows of the model's embeddings.
 *
 * @throws FactsError where there are more tokens than rows.
 */
export async function checkTokenizer(directory: string, vocabularySize: number): Promise<void> {
  const count = await countTokens(directory);
  if (count === undefined || count <= vocabularySize) return;
  throw new FactsError(
    `${directory}: expected a tokenizer of at most ${vocabularySize.toLocaleString('en')} tokens, the rows of the model's embeddings, got ${count.toLocaleString('en')}. Take the tokenizer that the model was trained with`,
  );
}

async function countTokens(directory: string): Promise<number | undefined> {
  const path = join(directory, 'tokenizer.json');
  if (existsSync(path)) {
    const { vocab, added } = readTokenizer(path);
    return new Set([...vocab, ...added]).size;
  }
  const lines = join(directory, 'vocab.txt');
  return existsSync(lines) ? (await readFile(lines, 'utf8')).trimEnd().split('\n').length : undefined;
}

function readTokenizer(path: string): { vocab: string[]; added: string[] } {
  try {
    const { model, added_tokens: added } = tokenizerSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    const vocab = Array.isArray(model.vocab) ? model.vocab.map(([token]) => token) : Object.keys(model.vocab);
    return { vocab, added: added.map(({ content }) => content) };
  } catch {
    throw new FactsError(`${path} is no tokenizer as the tokenizers library saves it: get it again`);
  }
}
