import { FactsError } from './facts-error.ts';
import type { ModelDescription } from './model-config.ts';

/** Shapes by tensor name, of all files of a model. */
export type TensorShapes = ReadonlyMap<string, readonly number[]>;

/**
 * Holds the weights' shapes and the number of their layers against the configuration beside them.
 *
 * @returns how many outputs the classifier among them has, 0 where there is none.
 * @throws FactsError where they are those of another configuration.
 */
export function checkWeights(tensors: TensorShapes, description: ModelDescription, directory: string): number {
  const { shape, vocabularySize } = description;
  const encoder = new Map([...tensors].map(([name, sizes]) => [name.replace(/^(?:bert|roberta)\./, ''), sizes]));
  const { hiddenSize, intermediateSize } = shape;
  const wanted: [pattern: RegExp, sizes: number[]][] = [
    [/^embeddings\.word_embeddings\.weight$/, [vocabularySize, hiddenSize]],
    [/^encoder\.layer\.\d+\.attention\.self\.query\.weight$/, [hiddenSize, hiddenSize]],
    [/^encoder\.layer\.\d+\.intermediate\.dense\.weight$/, [intermediateSize, hiddenSize]],
  ];
  for (const [name, found] of encoder) {
    const expected = wanted.find(([pattern]) => pattern.test(name))?.[1];
    if (expected === undefined || String(found) === String(expected)) continue;
    throw misfit(directory, `expected ${name} of shape [${expected.join(', ')}], got [${found.join(', ')}]`);
  }
  const layers = [...encoder.keys()].flatMap((name) => /^encoder\.layer\.(\d+)\./.exec(name)?.[1] ?? []);
  const depth = new Set(layers).size;
  if (depth > 0 && depth !== shape.layers) throw misfit(directory, `expected ${shape.layers} layers, got ${depth}`);
  return (tensors.get('classifier.weight') ?? tensors.get('classifier.out_proj.weight'))?.[0] ?? 0;
}

function misfit(directory: string, what: string): FactsError {
  return new FactsError(
    `The weights in ${directory} are of another configuration than its config.json: ${what}. Put together what was saved together`,
  );
}
