import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { findTask } from '../../glue/tasks.ts';
import { FactsError } from '../facts-error.ts';
import { hashFiles } from '../hash-files.ts';
import { depth } from './problems.ts';

const configSchema = z.object({
  model_type: z.string().default('bert'),
  num_hidden_layers: z.int(),
  hidden_size: z.int(),
  vocab_size: z.int(),
  num_labels: z.int().optional(),
  id2label: z.record(z.string(), z.string()).optional(),
});
type ModelShape = z.infer<typeof configSchema>;

export type CofiModel = { readonly fingerprint: string; readonly shape: ModelShape };

const weights = 'pytorch_model.bin';
const tokenizer = ['vocab.txt', 'tokenizer.json', 'tokenizer_config.json', 'vocab.json', 'merges.txt'];

/**
 * Shape and hash of a model that upstream is to load.
 *
 * @throws FactsError naming what is missing or does not fit.
 */
export async function lookAtCofiModel(what: string, directory: string): Promise<CofiModel> {
  if (!existsSync(directory))
    throw new FactsError(`${what}: expected a model in ${directory}, there is no such folder`);
  const shape = readShape(what, join(directory, 'config.json'));
  if (!existsSync(join(directory, weights))) {
    throw new FactsError(
      `${what}: ${directory} has no ${weights}, which is what upstream's transformers reads. Save it so: model.save_pretrained(folder, safe_serialization=False)`,
    );
  }
  if (shape.num_hidden_layers !== depth) {
    throw new FactsError(
      `${what}: ${directory} has ${shape.num_hidden_layers} layers; upstream's code counts to ${depth}. Take \`backend: builtin\` for another depth`,
    );
  }
  const files = [weights, 'config.json', ...tokenizer].filter((name) => existsSync(join(directory, name)));
  return { shape, fingerprint: await hashFiles(new Map(files.map((name) => [name, join(directory, name)]))) };
}

/** bert-base-uncased, whose shape is known without a look. */
export const bertBase: ModelShape = {
  model_type: 'bert',
  num_hidden_layers: 12,
  hidden_size: 768,
  vocab_size: 30_522,
};

/**
 * Upstream gives the teacher the student's configuration and checks no labels: what differs would fail late, or not at all.
 *
 * @throws FactsError where teacher and student, or the teacher and its task, do not fit.
 */
export function checkTeacher(
  task: string,
  directory: string,
  { shape }: CofiModel,
  student: ModelShape | undefined,
): void {
  const refuse = (message: string): never => {
    throw new FactsError(`The teacher of ${task}, ${directory}, ${message}`);
  };
  for (const field of ['model_type', 'hidden_size', 'vocab_size'] as const) {
    if (student !== undefined && shape[field] !== student[field]) {
      refuse(`has ${field} ${shape[field]}, the student ${student[field]}: upstream needs a teacher of the same shape`);
    }
  }
  const labels = findTask(task)?.labels ?? [];
  const names = shape.id2label === undefined ? undefined : namesInOrder(shape.id2label);
  const count = names?.length ?? shape.num_labels ?? 2;
  if (count !== labels.length) refuse(`tells ${count} classes apart, the task has ${labels.length}`);
  const inOrder = names?.map((name) => name.toLowerCase());
  const isOtherOrder =
    inOrder !== undefined && labels.every((label) => inOrder.includes(label)) && String(inOrder) !== String(labels);
  if (isOtherOrder) refuse(`has its classes in the order ${names?.join(', ')}; upstream takes ${labels.join(', ')}`);
}

function namesInOrder(id2label: Readonly<Record<string, string>>): string[] {
  return Object.entries(id2label)
    .toSorted(([a], [b]) => Number(a) - Number(b))
    .map(([, name]) => name);
}

function readShape(what: string, path: string): ModelShape {
  if (!existsSync(path)) throw new FactsError(`${what}: ${path} is missing: expected it as transformers saves it`);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new FactsError(`${what}: ${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = configSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new FactsError(
    `${what}: ${path}: expected ${parsed.error.issues[0]?.path.join('.')}, as transformers saves it`,
  );
}
