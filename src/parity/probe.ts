import { z } from 'zod';
import type { LayerStrategy, Numbers } from '../strategy/reference/index.ts';
import { hasLayerLoss } from '../strategy/reference/index.ts';
import { strategySchema } from '../strategy/specification/strategy.ts';
import { type ProbeMetadata, probeMetadataSchema } from '../wire/probe.ts';
import type { Recorded } from './compare.ts';
import { readSafetensors, type Tensor, type TensorFile, TensorFileError } from './safetensors.ts';

/** What the module made of its inputs, as far as tensors tell it. */
type Measured = Pick<Recorded, 'loss' | 'weights' | 'distances' | 'scores'>;

export type Probe = {
  readonly metadata: ProbeMetadata;
  readonly strategy: LayerStrategy;
  readonly batch: number;
  readonly tokens: number;
  readonly width: number;
  readonly studentWidth: number;
  readonly teacherStates: readonly Numbers[];
  readonly studentStates: readonly Numbers[];
  readonly attentionMask: Numbers | null;
  readonly transform: { readonly weight: Numbers; readonly bias: Numbers };
  readonly headLayerZ: Numbers | null;
  readonly mlpZ: Numbers | null;
  readonly slice: Measured;
  readonly wholeStep: Measured;
};

/**
 * Reads a probe file and checks that its parts fit together.
 *
 * @throws TensorFileError naming the file and what is wrong with it.
 */
export async function readProbe(path: string): Promise<Probe> {
  const file = await readSafetensors(path);
  const metadata = parseMetadata(path, file.metadata.probe);
  const strategy = strategySchema.safeParse(metadata.strategy);
  if (!strategy.success)
    throw new TensorFileError(`${path}: not a strategy in the metadata: ${z.prettifyError(strategy.error)}`);
  if (!hasLayerLoss(strategy.data))
    throw new TensorFileError(`${path}: expected a strategy with a layer loss, found none`);
  return { metadata, strategy: strategy.data, ...readTensors(path, file, metadata.drawnLayers.length) };
}

function parseMetadata(path: string, text: string | undefined): ProbeMetadata {
  if (text === undefined)
    throw new TensorFileError(`${path}: expected a probe, found a tensor file without "probe" metadata`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new TensorFileError(`${path}: its "probe" metadata is no JSON`, { cause });
  }
  const parsed = probeMetadataSchema.safeParse(json);
  if (!parsed.success)
    throw new TensorFileError(`${path}: malformed "probe" metadata: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function readTensors(path: string, file: TensorFile, k: number): Omit<Probe, 'metadata' | 'strategy'> {
  const optional = (name: string, shape: readonly number[]): Numbers | null => {
    const tensor = file.tensors.get(name);
    if (tensor === undefined) return null;
    if (tensor.shape.join() !== shape.join()) {
      throw new TensorFileError(
        `${path}: tensor "${name}" is [${tensor.shape.join(', ')}]; expected [${shape.join(', ')}]`,
      );
    }
    return tensor.data;
  };
  const required = (name: string, shape: readonly number[]): Numbers => {
    const data = optional(name, shape);
    if (data === null) throw new TensorFileError(`${path}: tensor "${name}" is missing`);
    return data;
  };
  const teacher = fourDimensional(path, file, 'slice.teacher_states_NBTH');
  const student = fourDimensional(path, file, 'slice.student_states_SBTH');
  const [, batch, tokens, width] = teacher.shape as [number, number, number, number];
  const [layers, , , studentWidth] = student.shape as [number, number, number, number];
  const recorded = (part: string): Measured => {
    const matrix = (name: string) => toMatrix(required(`${part}.${name}`, [k, layers]), layers);
    const scores = optional(`${part}.scores_kS`, [k, layers]);
    return {
      loss: required(`${part}.loss`, []).at(0) as number,
      weights: matrix('weights_kS'),
      distances: matrix('distances_kS'),
      scores: scores === null ? null : toMatrix(scores, layers),
    };
  };
  return {
    batch,
    tokens,
    width,
    studentWidth,
    teacherStates: layersOf(teacher),
    studentStates: layersOf(student),
    attentionMask: optional('slice.attention_mask_BT', [batch, tokens]),
    transform: {
      weight: required('transform.weight_HH', [width, studentWidth]),
      bias: required('transform.bias_H', [width]),
    },
    headLayerZ: optional('gates.head_layer_S', [layers]),
    mlpZ: optional('gates.mlp_S', [layers]),
    slice: recorded('slice'),
    wholeStep: recorded('step'),
  };
}

function fourDimensional(path: string, file: TensorFile, name: string): Tensor {
  const tensor = file.tensors.get(name);
  if (tensor?.shape.length === 4) return tensor;
  const found = tensor === undefined ? 'nothing' : `[${tensor.shape.join(', ')}]`;
  throw new TensorFileError(`${path}: expected four dimensions for tensor "${name}", found ${found}`);
}

function layersOf({ shape, data }: Tensor): Numbers[] {
  const size = shape.slice(1).reduce((product, length) => product * length, 1);
  return Array.from({ length: shape[0] as number }, (_, layer) => data.subarray(layer * size, (layer + 1) * size));
}

function toMatrix(data: Numbers, columns: number): number[][] {
  return Array.from({ length: data.length / columns }, (_, row) => [
    ...data.subarray(row * columns, (row + 1) * columns),
  ]);
}
