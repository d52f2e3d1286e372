import type { ModelSpec, SweepFile } from './sweep-file.ts';

export type ModelShape = {
  /** Of the encoder. */
  readonly layers: number;
  readonly hiddenSize: number;
  readonly heads: number;
  readonly intermediateSize: number;
  /** Tokens of the longest text that it reads. */
  readonly positions: number;
};

/** The shape of a model that needs no look at the disk, or null. */
export function statedShape(model: Extract<ModelSpec, { layers: number }>): ModelShape;
export function statedShape(model: ModelSpec): ModelShape | null;
export function statedShape(model: ModelSpec): ModelShape | null {
  if (model.source === 'embedded')
    return { layers: model.layers, hiddenSize: 384, heads: 12, intermediateSize: 1536, positions: 512 };
  if (model.source !== 'random') return null;
  const { layers, hiddenSize, heads, intermediateSize } = model;
  return { layers, hiddenSize, heads, intermediateSize, positions: 512 };
}

/** Of the student and its teacher; null: not known before the model is looked at. */
export type ModelShapes = {
  readonly shape: ModelShape | null;
  readonly teacherShape: ModelShape | null;
  readonly teacherClassifier: Classifier | null;
};

/** What is known of a model's classifier; its labels in the order of their ids, null where they have no names. */
export type Classifier = {
  /** 0: there is none; null: not known. */
  readonly classes: number | null;
  readonly labels: readonly string[] | null;
};

export function statedShapes({ model, teacher }: Pick<SweepFile, 'model' | 'teacher'>): ModelShapes {
  return { shape: statedShape(model), teacherShape: statedShape(teacher ?? model), teacherClassifier: null };
}
