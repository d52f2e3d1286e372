import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FactsError } from './facts-error.ts';
import type { TensorShapes } from './model-weights.ts';

const tensorSchema = z.object({
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
type Tensors = ReadonlyMap<string, z.infer<typeof tensorSchema>>;

/**
 * Holds the length of a safetensors file against what its header says.
 *
 * @returns the shapes of its tensors by name.
 * @throws FactsError where it is cut short, or is none.
 */
export async function checkSafetensors(path: string): Promise<TensorShapes> {
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
    const tensors = header.length < headerLength ? new Map() : readTensors(header.toString(), path);
    const expected = 8 + headerLength + dataLength(tensors);
    if (size === expected) return new Map([...tensors].map(([name, { shape }]) => [name, shape]));
    const missing = size < expected ? 'is cut short' : 'does not end where its header says';
    throw new FactsError(
      `${path} ${missing}: expected ${header.length < headerLength ? 'more than ' : ''}${expected.toLocaleString('en')} bytes, got ${size.toLocaleString('en')}. Get it again`,
    );
  } finally {
    await file.close();
  }
}

function dataLength(tensors: Tensors): number {
  return [...tensors.values()].reduce((highest, { data_offsets: [, end] }) => Math.max(highest, end), 0);
}

function readTensors(header: string, path: string): Tensors {
  try {
    const { __metadata__: _, ...tensors } = JSON.parse(header);
    return new Map(Object.entries(tensors).map(([name, tensor]) => [name, tensorSchema.parse(tensor)]));
  } catch {
    throw new FactsError(`${path} is no safetensors file, its header cannot be read: get it again`);
  }
}

const tokenizerSchema = z.object({
  model: z.object({
    vocab: z.union([z.record(z.string(), z.int()), z.array(z.tuple([z.string()]).rest(z.unknown()))]),
  }),
  added_tokens: z.array(z.object({ id: z.int(), content: z.string() })).default([]),
});

/**
 * Holds the number of a tokenizer's tokens against the rows of the model's embeddings.
 *
 * @returns a hash over the tokens and their ids; null where they are in files that are not read here.
 * @throws FactsError where there are more tokens than rows.
 */
export async function checkTokenizer(directory: string, vocabularySize: number): Promise<string | null> {
  const ids = await readTokens(directory);
  if (ids === null) return null;
  if (ids.size > vocabularySize) {
    throw new FactsError(
      `${directory}: expected a tokenizer of at most ${vocabularySize.toLocaleString('en')} tokens, the rows of the model's embeddings, got ${ids.size.toLocaleString('en')}. Take the tokenizer that the model was trained with`,
    );
  }
  const inOrder = [...ids].toSorted(([, a], [, b]) => a - b);
  return hash('sha256', JSON.stringify(inOrder));
}

async function readTokens(directory: string): Promise<Map<string, number> | null> {
  const path = join(directory, 'tokenizer.json');
  if (existsSync(path)) return parseTokenizer(path, await readFile(path, 'utf8'));
  const byteLevel = join(directory, 'vocab.json');
  if (existsSync(byteLevel)) return parseVocabulary(byteLevel, await readFile(byteLevel, 'utf8'));
  const lines = join(directory, 'vocab.txt');
  if (!existsSync(lines)) return null;
  return new Map(
    (await readFile(lines, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((token, id) => [token, id]),
  );
}

/** RoBERTa's older form: ids by token, merges beside it. */
function parseVocabulary(path: string, text: string): Map<string, number> {
  try {
    return new Map(Object.entries(z.record(z.string(), z.int()).parse(JSON.parse(text))));
  } catch {
    throw new FactsError(`${path} is no vocabulary as RoBERTa's tokenizer saves it, ids by token: get it again`);
  }
}

function parseTokenizer(path: string, text: string): Map<string, number> {
  try {
    const { model, added_tokens: added } = tokenizerSchema.parse(JSON.parse(text));
    const { vocab } = model;
    const ids = Array.isArray(vocab) ? vocab.map(([token], id) => [token, id] as const) : Object.entries(vocab);
    return new Map([...ids, ...added.map(({ content, id }) => [content, id] as const)]);
  } catch {
    throw new FactsError(`${path} is no tokenizer as the tokenizers library saves it: get it again`);
  }
}
