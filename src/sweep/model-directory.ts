import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { FactsError } from './facts-error.ts';
import { hashFiles } from './hash-files.ts';
import { describeModel, type ModelDescription } from './model-config.ts';
import { checkSafetensors, checkTokenizer } from './model-files.ts';
import { checkWeights } from './model-weights.ts';
import type { ModelFacts } from './plan-context.ts';

const tokenizerFiles = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
];
const indexFile = 'model.safetensors.index.json';

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/**
 * Shape and hashes of a model directory as transformers saves it: config.json, safetensors, tokenizer.
 *
 * @throws FactsError naming what is missing, cut short, or of a kind that cannot be trained here.
 */
export async function fingerprintModelDirectory(path: string): Promise<ModelFacts> {
  const directory = resolve(path);
  if (!existsSync(directory)) throw new FactsError(`The model directory ${directory} does not exist`);
  const description = describeModelFile(join(directory, 'config.json'));
  const { shape, labels, vocabularySize } = description;
  const weights = weightFiles(directory);
  const tokenizer = present(directory, tokenizerFiles);
  if (tokenizer.size === 0)
    throw new FactsError(`${directory} has no tokenizer: expected one of ${tokenizerFiles.join(', ')}`);
  const tensors: [string, readonly number[]][] = [];
  for (const [name, file] of weights) if (name !== indexFile) tensors.push(...(await checkSafetensors(file)));
  const classes = checkWeights(new Map(tensors), description, directory);
  const vocabulary = await checkTokenizer(directory, vocabularySize);
  const fingerprint = await hashFiles(new Map([...weights, ...present(directory, ['config.json'])]));
  return {
    config: { source: 'directory', path: directory, fingerprint },
    shape,
    labels,
    classes,
    tokenizer: await hashFiles(tokenizer),
    vocabulary,
  };
}

/** What a config.json says of its model. */
export function describeModelFile(path: string): ModelDescription {
  return describeModel(readJson(path, z.unknown(), 'as transformers saves it for BERT and RoBERTa'), path);
}

function weightFiles(directory: string): Map<string, string> {
  const single = present(directory, ['model.safetensors']);
  if (single.size > 0) return single;
  if (!existsSync(join(directory, indexFile))) {
    const pickled = existsSync(join(directory, 'pytorch_model.bin'))
      ? '; pytorch_model.bin is a pickle and is not read: save the model as safetensors'
      : '';
    throw new FactsError(`${directory} has no weights: expected model.safetensors${pickled}`);
  }
  const index = readJson(join(directory, indexFile), indexSchema, 'as transformers saves it');
  const names = [...new Set(Object.values(index.weight_map))];
  const missing = names.filter((name) => !existsSync(join(directory, name)));
  if (missing.length > 0)
    throw new FactsError(`${directory} is incomplete: ${indexFile} names ${missing[0]}, which is missing`);
  return present(directory, [indexFile, ...names]);
}

function present(directory: string, names: readonly string[]): Map<string, string> {
  return new Map(
    names.flatMap((name) => (existsSync(join(directory, name)) ? [[name, join(directory, name)] as const] : [])),
  );
}

function readJson<S extends z.ZodType>(path: string, schema: S, why: string): z.infer<S> {
  if (!existsSync(path)) throw new FactsError(`${path} is missing: expected it ${why}`);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new FactsError(`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new FactsError(`${path}: expected ${issue?.path.join('.') ?? 'something else'}, ${why}`);
}
