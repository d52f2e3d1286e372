import type { PythonRandom } from '../../src/strategy/random/python-random.ts';
import type { LayerLossInputs } from '../../src/strategy/reference/index.ts';
import { type Case, type CaseStep, decode, type Encoded } from './case.ts';

/** The reference's inputs for one step of a case. */
export function inputsOf(fuzzed: Case, index: number, globalRandom: PythonRandom): LayerLossInputs {
  const step = fuzzed.steps[index] as CaseStep;
  const optional = (text: Encoded | null) => (text === null ? null : decode(text));
  return {
    ...step,
    ...fuzzed.size,
    teacherStates: split(decode(step.teacherStates), fuzzed.size.teacherLayers),
    studentStates: split(decode(step.studentStates), fuzzed.size.studentLayers),
    transform: { weight: decode(fuzzed.weight), bias: decode(fuzzed.bias) },
    headLayerZ: optional(step.headLayerZ),
    mlpZ: optional(step.mlpZ),
    attentionMask: optional(step.attentionMask),
    globalRandom,
  };
}

/** Rows of that many columns. */
export function matrixOf(text: Encoded, columns: number): number[][] {
  const values = decode(text);
  return Array.from({ length: values.length / columns }, (_, row) => [
    ...values.subarray(row * columns, (row + 1) * columns),
  ]);
}

/** Equal parts, one a layer. */
export function split(values: Float64Array, layers: number): Float64Array[] {
  const size = values.length / layers;
  return Array.from({ length: layers }, (_, layer) => values.subarray(layer * size, (layer + 1) * size));
}
