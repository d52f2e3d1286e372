import type { PythonRandom } from '../random/python-random.ts';

/** Row-major numbers; what the dimensions are, the field says. */
export type Numbers = Float64Array;

/** [rows, columns], one array a row. */
export type Matrix = readonly (readonly number[])[];

/** An affine map x → x Wᵀ + b. */
export type Affine = {
  /** [width, studentWidth] */
  readonly weight: Numbers;
  /** [width] */
  readonly bias: Numbers;
};

/** One call of the layer loss; the counterpart of the generated module's `LayerLossInputs`. */
export type LayerLossInputs = {
  readonly batch: number;
  readonly tokens: number;
  readonly width: number;
  readonly studentWidth: number;
  /** N arrays [batch, tokens, width]. */
  readonly teacherStates: readonly Numbers[];
  /** S arrays [batch, tokens, studentWidth]. */
  readonly studentStates: readonly Numbers[];
  readonly transform: Affine;
  /** [S]; null where there is no such gate. */
  readonly headLayerZ: Numbers | null;
  readonly mlpZ: Numbers | null;
  /** [batch, tokens]; null where not given. */
  readonly attentionMask: Numbers | null;
  /** Optimizer steps done before this one. */
  readonly step: number;
  /** Of the layer draws. */
  readonly seed: number;
  readonly epoch: number | null;
  readonly expectedLayers: number | null;
  readonly layerImportance: readonly number[] | null;
  /** Taken instead of a draw. */
  readonly drawnLayers: readonly number[] | null;
  /** Python's global generator, which the published versions draw from. */
  readonly globalRandom: PythonRandom | null;
};

export type LayerLossState = {
  readonly drawnLayers: readonly number[];
  /** −1: nothing drawn yet. */
  readonly redrawIndex: number;
  readonly alignedStep: number;
  /** [k, S]; null: no alignment yet. */
  readonly weights: Matrix | null;
};

export const initialState: LayerLossState = { drawnLayers: [], redrawIndex: -1, alignedStep: -1, weights: null };

export type LayerLossOutput = {
  readonly loss: number;
  readonly drawnLayers: readonly number[];
  /** [k, S] */
  readonly weights: Matrix;
  /** [k, S], every pair. */
  readonly distances: Matrix;
  /** [k, S]; null for alignments that look at distances. */
  readonly scores: Matrix | null;
  readonly realigned: boolean;
};

/** What the inputs of a step make impossible, in one sentence. */
export class LayerLossError extends Error {
  override readonly name: string = 'LayerLossError';
}

/** Where the published code indexes past its distance matrix: Python's IndexError. */
export class PublishedIndexError extends LayerLossError {
  override readonly name = 'PublishedIndexError';
}
