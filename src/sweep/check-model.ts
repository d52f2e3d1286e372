import type { TaskInfo } from '../glue/tasks.ts';
import { FactsError } from './facts-error.ts';
import { gateThreshold } from './gate-threshold.ts';
import type { ModelShape } from './model-shape.ts';
import type { PlainParameters } from './parameters.ts';
import type { ModelFacts } from './plan-context.ts';

type Values = Partial<Pick<PlainParameters, 'gates' | 'gate_temperature' | 'sparsity' | (typeof lengths)[number]>>;
type Problem = { readonly name: string; readonly message: string };

const lengths = ['max_length', 'speed_sequence_length'] as const;

/** What a run asks of its model that the model's shape cannot give, by the parameter to blame. */
export function misfitsOf(values: Values, shape: ModelShape, teacher: ModelShape): Problem[] {
  const positions = Math.min(shape.positions, teacher.positions);
  const problems: Problem[] = lengths.flatMap((name) => {
    const length = values[name];
    if (length === undefined || length <= positions) return [];
    return [
      { name, message: `Expected ${name} to be at most ${positions}, the positions of the model, got ${length}` },
    ];
  });
  const { sparsity = 0, gates: given = [], gate_temperature: temperature = 2 / 3 } = values;
  const gates = typeof given === 'string' ? [given] : given;
  const highest = highestSparsity(shape, gates, temperature);
  if (sparsity > highest) {
    // Rounded down: what is named can be asked for.
    const shown = (Math.floor(highest * 10_000) / 10_000).toString();
    const message = `Expected a sparsity of at most ${shown}, which gates on ${gates.join(', ')} reach on this model, got ${sparsity}. Ask for less, or add gates`;
    problems.push({ name: 'sparsity', message });
  }
  return problems;
}

/**
 * The model with the labels that the sweep file gives to a classifier whose own have no names.
 *
 * @throws FactsError where it has names, or another number of outputs.
 */
export function withNamedLabels(model: ModelFacts, given: readonly string[] | undefined): ModelFacts {
  if (given === undefined) return model;
  const labels = given.map((label) => label.toLowerCase());
  if (model.labels !== null && String(model.labels) !== String(labels)) {
    throw new FactsError(
      `Expected \`labels\` only where a model's config.json names none, got ${labels.join(', ')} beside its own ${model.labels.join(', ')}. Leave \`labels\` out`,
    );
  }
  if (model.classes !== null && model.classes !== labels.length) {
    const outputs = model.classes === 0 ? 'no classifier' : `a classifier of ${model.classes} outputs`;
    throw new FactsError(`Expected as many \`labels\` as the model has, got ${labels.length} for ${outputs}`);
  }
  return { ...model, labels };
}

/** Why a classifier with these labels means something else than the task, or undefined. Other labels are drawn anew. */
export function labelMisfit(labels: readonly string[] | null, { label, labels: wanted }: TaskInfo): string | undefined {
  if (labels === null || wanted === null) return undefined;
  const isSameSet = String(labels.toSorted()) === String(wanted.toSorted());
  if (!isSameSet || String(labels) === String(wanted)) return undefined;
  return `Expected the model's labels in the order of ${label} (${wanted.join(', ')}), got ${labels.join(', ')}. Reorder the rows of its classifier and id2label, or save it without the classifier`;
}

/** Why a teacher reads other token ids than its student, or undefined; a model of the hub is held against it when it is loaded. */
export function vocabularyMisfit(
  student: Pick<ModelFacts, 'vocabulary'>,
  teacher: Pick<ModelFacts, 'vocabulary'>,
): string | undefined {
  if (student.vocabulary === null || teacher.vocabulary === null || student.vocabulary === teacher.vocabulary)
    return undefined;
  return "Expected a teacher with the model's tokens and their ids, got others. Take a teacher and a model with the same tokenizer";
}

/** Gate logits are clamped to ±ln 100, so that a gate which is trained to be off keeps a probability. */
const lowestLogit = -Math.log(100);

/** The expected sparsity with every gate off; `model/sizes.py` counts alike. */
function highestSparsity(shape: ModelShape, gates: readonly string[], temperature: number): number {
  const { layers, hiddenSize, heads, intermediateSize } = shape;
  const off = 1 - 1 / (1 + Math.exp(lowestLogit - gateThreshold(temperature)));
  const keep = (gate: string) => (gates.includes(gate) ? off : 1);
  const attention = 4 * hiddenSize * hiddenSize + 4 * hiddenSize;
  const feedForward = 2 * hiddenSize * intermediateSize + hiddenSize + intermediateSize;
  const keptHeads = layers * heads * keep('heads') * keep('attention-layer');
  const keptIntermediate = layers * intermediateSize * keep('intermediate') * keep('feed-forward-layer');
  const headSize = Math.floor(attention / heads);
  const left = gates.includes('hidden')
    ? off * (keptHeads * headSize + 2 * hiddenSize * keptIntermediate)
    : keptHeads * headSize + keptIntermediate * Math.floor(feedForward / intermediateSize);
  return 1 - left / (layers * (attention + feedForward));
}
