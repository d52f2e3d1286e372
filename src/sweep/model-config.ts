import { z } from 'zod';
import { FactsError } from './facts-error.ts';
import type { ModelShape } from './model-shape.ts';

/** What a model's config.json says that a sweep depends on. */
export type ModelDescription = {
  readonly shape: ModelShape;
  /** Rows of the word embeddings. */
  readonly vocabularySize: number;
  /** Of its classifier, in the order of their ids; null where they have no names. */
  readonly labels: readonly string[] | null;
  /** How many labels it lists; null where it lists none. */
  readonly classes: number | null;
};

/** What is left out has the value that transformers gives it. */
const configSchema = z.object({
  num_hidden_layers: z.int().min(1),
  hidden_size: z.int().min(1).default(768),
  num_attention_heads: z.int().min(1).default(12),
  intermediate_size: z.int().min(1).default(3072),
  max_position_embeddings: z.int().min(1).default(512),
  pad_token_id: z.int().nullish(),
  vocab_size: z.int().min(1).nullish(),
  model_type: z.string().optional(),
  architectures: z.array(z.string()).nullish(),
  type_vocab_size: z.int().optional(),
  position_embedding_type: z.string().nullish(),
  id2label: z.record(z.string(), z.string()).nullish(),
});
type Config = z.infer<typeof configSchema>;

const defaultVocabulary = { bert: 30_522, roberta: 50_265 } as const;

/**
 * Reads the content of a config.json.
 *
 * @throws FactsError where it is not that of a BERT or RoBERTa that can be trained here.
 */
export function describeModel(content: unknown, where: string): ModelDescription {
  const type = modelTypeOf(content);
  if (type !== 'bert' && type !== 'roberta')
    throw new FactsError(
      `${where}: expected a BERT or RoBERTa (model_type bert or roberta), got ${type}. BERT, MiniLM, TinyBERT and RoBERTa fit`,
    );
  const parsed = configSchema.safeParse(content);
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join('.');
    throw new FactsError(`${where}: expected ${field}, as transformers saves it for BERT and RoBERTa`);
  }
  const config = parsed.data;
  const positionType = config.position_embedding_type ?? 'absolute';
  if (positionType !== 'absolute')
    throw new FactsError(
      `${where}: expected position_embedding_type absolute, got ${positionType}. Take a model with absolute positions`,
    );
  return {
    shape: shapeOf(config, type, where),
    vocabularySize: config.vocab_size ?? defaultVocabulary[type],
    labels: labelsOf(config),
    classes: config.id2label ? Object.keys(config.id2label).length : null,
  };
}

/** BERT's own files and TinyBERT's say no model_type: they are known by their architecture or by BERT's fields. */
function modelTypeOf(content: unknown): string {
  const parsed = configSchema.pick({ model_type: true, architectures: true, type_vocab_size: true }).safeParse(content);
  if (!parsed.success) return 'none';
  const { model_type: stated, architectures, type_vocab_size: segments } = parsed.data;
  if (stated !== undefined) return stated;
  const first = architectures?.[0];
  if (first === undefined) return segments === undefined ? 'none' : 'bert';
  return first.startsWith('Roberta') ? 'roberta' : first.startsWith('Bert') ? 'bert' : first;
}

function shapeOf(config: Config, type: 'bert' | 'roberta', where: string): ModelShape {
  const { hidden_size: hiddenSize, num_attention_heads: heads, max_position_embeddings: rows } = config;
  if (hiddenSize % heads !== 0)
    throw new FactsError(
      `${where}: expected hidden_size to be a multiple of num_attention_heads ${heads}, got ${hiddenSize}`,
    );
  return {
    layers: config.num_hidden_layers,
    hiddenSize,
    heads,
    intermediateSize: config.intermediate_size,
    // RoBERTa counts its positions from behind the padding's.
    positions: type === 'bert' ? rows : rows - (config.pad_token_id ?? 1) - 1,
  };
}

function labelsOf({ id2label }: Config): readonly string[] | null {
  const inOrder = Object.entries(id2label ?? {})
    .toSorted(([a], [b]) => Number(a) - Number(b))
    .map(([, name]) => name.toLowerCase());
  return inOrder.length === 0 || inOrder.every((name, index) => name === `label_${index}`) ? null : inOrder;
}
