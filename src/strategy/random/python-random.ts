import { type MersenneTwister, mersenneTwister } from './mersenne-twister.ts';

/** What layer draws need of CPython's `random.Random`, to the bit. */
export type PythonRandom = {
  /** `sample(population, k)`; throws a RangeError where k exceeds the population. */
  readonly sample: (population: readonly number[], k: number) => number[];
  /** `getstate()[1]`: 624 words and an index. */
  readonly state: () => readonly number[];
};

/** `random.Random(seed)` of CPython 3.8 to 3.14, for integer seeds of any size; a negative seed counts as its absolute value. */
export function pythonRandom(seed: number | bigint): PythonRandom {
  const twister = mersenneTwister(wordsOf(BigInt(seed)));
  return {
    sample: (population, k) => sample(twister, population, k),
    state: twister.state,
  };
}

/** 0 … n−1, as Python's `range(n)`; with two arguments from start to stop. */
export function range(startOrStop: number, stop?: number): number[] {
  const [from, to] = stop === undefined ? [0, startOrStop] : [startOrStop, stop];
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}

function wordsOf(seed: bigint): number[] {
  const words: number[] = [];
  for (let rest = seed < 0n ? -seed : seed; rest > 0n; rest >>= 32n) words.push(Number(rest & 0xffffffffn));
  return words.length === 0 ? [0] : words;
}

// CPython keeps a pool of the remaining members where that is smaller than a set of the chosen indices.
function sample(twister: MersenneTwister, population: readonly number[], k: number): number[] {
  const n = population.length;
  if (!Number.isInteger(k) || k < 0 || k > n) {
    throw new RangeError(`Expected a sample of 0 to ${n} members, got ${k}`);
  }
  return n <= setSize(k) ? sampleFromPool(twister, population, k) : sampleByIndex(twister, population, k);
}

function setSize(k: number): number {
  let table = 1;
  while (table < 3 * k) table *= 4;
  return k > 5 ? 21 + table : 21;
}

function sampleFromPool(twister: MersenneTwister, population: readonly number[], k: number): number[] {
  const pool = [...population];
  return range(k).map((drawn) => {
    const last = pool.length - drawn - 1;
    const index = randomBelow(twister, last + 1);
    const member = pool[index] as number;
    pool[index] = pool[last] as number;
    return member;
  });
}

function sampleByIndex(twister: MersenneTwister, population: readonly number[], k: number): number[] {
  const selected = new Set<number>();
  while (selected.size < k) selected.add(randomBelow(twister, population.length));
  return [...selected].map((index) => population[index] as number);
}

function randomBelow(twister: MersenneTwister, n: number): number {
  const bits = 32 - Math.clz32(n);
  let value = twister.nextUint32() >>> (32 - bits);
  while (value >= n) value = twister.nextUint32() >>> (32 - bits);
  return value;
}
