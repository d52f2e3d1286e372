import { hash } from 'node:crypto';
import type { ParameterValue, SweepParameter } from './sweep-file.ts';

/** The value of a parameter in run `index` of a random sweep: a pure function of seed, index and name. */
export function draw(parameter: SweepParameter, seed: number, index: number): { value: ParameterValue; path: string } {
  const { name, space } = parameter;
  const share = unitInterval(`${seed}/${index}/${name}`);
  if (space.kind === 'values') {
    const i = chooseIndex(share, space.values.length, space.probabilities);
    const value = space.values[i];
    if (value === undefined) throw new Error(`no value ${i} of ${name}`);
    return { value, path: space.paths[i] ?? `parameters.${name}` };
  }
  return { value: fromRange(share, space), path: `parameters.${name}` };
}

/** Uniform in [0, 1) from the first 52 bits of a hash. */
function unitInterval(text: string): number {
  return Number.parseInt(hash('sha256', text).slice(0, 13), 16) / 2 ** 52;
}

function chooseIndex(share: number, count: number, probabilities: readonly number[] | null): number {
  if (probabilities === null) return Math.floor(share * count);
  let sum = 0;
  for (const [i, probability] of probabilities.entries()) {
    sum += probability;
    if (share < sum) return i;
  }
  return probabilities.findLastIndex((probability) => probability > 0);
}

function fromRange(share: number, space: Extract<SweepParameter['space'], { kind: 'range' }>): number {
  const { distribution, min, max, q } = space;
  if (distribution === 'int_uniform') return min + Math.floor(share * (max - min + 1));
  const raw = distribution.includes('log')
    ? Math.exp(Math.log(min) + share * (Math.log(max) - Math.log(min)))
    : min + share * (max - min);
  const stepped = q === null ? raw : Math.round(raw / q) * q;
  return Number(Math.min(max, Math.max(min, stepped)).toPrecision(12));
}
