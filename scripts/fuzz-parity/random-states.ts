import { type Case, encode, type Mode } from './case.ts';
import type { Dice } from './dice.ts';

/** States of both models that are exact in the mode's type, many of them awkward: ties, zeros, outlier dimensions, non-finite. */
export function randomStates(
  dice: Dice,
  mode: Mode,
  size: Case['size'],
  broken: 'none' | 'a layer' | 'every layer',
): { readonly teacherStates: string; readonly studentStates: string } {
  // float16 overflows on large numbers: squares in the published code, gradients everywhere.
  const isHalf = mode.statesDtype === 'float16' || mode.autocast === 'float16';
  const numbers = dice.pick([normals, normals, wholeNumbers, zeros, ...(isHalf ? [] : [outliers, large])]);
  const layers = (count: number, width: number) =>
    Array.from({ length: count }, () =>
      Array.from({ length: size.batch * size.tokens * width }, (_, index) => numbers(dice, index % width)),
    );
  const teacher = layers(size.teacherLayers, size.width);
  const student = layers(size.studentLayers, size.studentWidth);
  if (dice.chance(0.3)) repeatLayers(dice, student);
  if (dice.chance(0.2)) approachLayers(dice, student);
  if (dice.chance(0.2) && size.width === size.studentWidth) copyLayers(dice, teacher, student);
  const side = dice.pick([teacher, student]);
  if (broken === 'a layer') breakLayer(dice, dice.pick(side));
  if (broken === 'every layer') for (const layer of side) breakLayer(dice, layer);
  const rounded = (states: readonly (readonly number[])[]) =>
    encode(states.flat().map((value) => roundTo(mode.statesDtype, value)));
  return { teacherStates: rounded(teacher), studentStates: rounded(student) };
}

/** The nearest number that the type can hold (subnormals become 0). */
export function roundTo(dtype: Mode['statesDtype'], value: number): number {
  if (dtype === 'float64' || !Number.isFinite(value) || value === 0) return value;
  if (dtype === 'float32') return Math.fround(value);
  const [precision, smallest] = dtype === 'float16' ? [11, 2 ** -14] : [8, 2 ** -126];
  if (Math.abs(value) < smallest) return 0;
  const spacing = 2 ** (Math.floor(Math.log2(Math.abs(value))) - precision + 1);
  return Math.round(value / spacing) * spacing;
}

const normals = (dice: Dice) => dice.normal();
const zeros = () => 0;
const large = (dice: Dice) => 100 * dice.normal();
// Exact in every type, so that distances tie exactly.
const wholeNumbers = (dice: Dice) => dice.integer(-2, 2);
// BERT's states have a few dimensions far larger than the rest.
const outliers = (dice: Dice, dimension: number) => (dimension === 0 ? 40 : 1) * dice.normal();

function repeatLayers(dice: Dice, layers: number[][]): void {
  const source = dice.pick(layers);
  for (const index of layers.keys()) if (dice.chance(0.5)) layers[index] = [...source];
}

// Distances that are nearly equal: what rounds otherwise must not choose otherwise.
function approachLayers(dice: Dice, layers: number[][]): void {
  const source = dice.pick(layers);
  const gap = 10 ** -dice.integer(2, 8);
  for (const index of layers.keys()) layers[index] = source.map((value) => value * (1 + gap * dice.normal()));
}

function copyLayers(dice: Dice, from: readonly number[][], to: number[][]): void {
  for (const index of to.keys()) if (dice.chance(0.5)) to[index] = [...dice.pick(from)];
}

function breakLayer(dice: Dice, layer: number[]): void {
  layer[dice.integer(0, layer.length - 1)] = dice.pick([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ]);
}
