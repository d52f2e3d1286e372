import type { Arithmetic } from '../../src/parity/tolerance.ts';
import type { Strategy } from '../../src/strategy/specification/strategy.ts';

type Dtype = Arithmetic['statesDtype'];

/** How the module computes: types, device, TensorFloat-32. */
export type Mode = {
  readonly statesDtype: Dtype;
  /** Type of torch's autocast around the module; null: none. */
  readonly autocast: 'bfloat16' | 'float16' | null;
  readonly tf32: boolean;
  readonly device: 'cpu' | 'cuda';
};

/** Numbers in row-major order as base64 of little-endian float64. */
export type Encoded = string;

export type CaseStep = {
  /** [N, batch, tokens, width] */
  readonly teacherStates: Encoded;
  /** [S, batch, tokens, studentWidth] */
  readonly studentStates: Encoded;
  readonly headLayerZ: Encoded | null;
  readonly mlpZ: Encoded | null;
  readonly attentionMask: Encoded | null;
  readonly step: number;
  readonly seed: number;
  readonly epoch: number | null;
  readonly expectedLayers: number | null;
  readonly layerImportance: readonly number[] | null;
  readonly drawnLayers: readonly number[] | null;
};

/** A few steps of one strategy: all that is needed to run them again. */
export type Case = {
  readonly strategyName: string;
  readonly strategy: Strategy;
  readonly mode: Mode;
  readonly size: {
    readonly batch: number;
    readonly tokens: number;
    readonly width: number;
    readonly studentWidth: number;
    readonly teacherLayers: number;
    readonly studentLayers: number;
  };
  /** [width, studentWidth] */
  readonly weight: Encoded;
  readonly bias: Encoded;
  readonly globalSeed: number;
  readonly steps: readonly CaseStep[];
};

/** Type in which the transformation is computed. */
export function computeDtype({ autocast, statesDtype }: Mode): Dtype {
  return autocast !== null && statesDtype !== 'float64' ? autocast : statesDtype;
}

export function encode(values: Iterable<number>): Encoded {
  return Buffer.from(Float64Array.from(values).buffer).toString('base64');
}

export function decode(text: Encoded): Float64Array {
  const bytes = Buffer.from(text, 'base64');
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
