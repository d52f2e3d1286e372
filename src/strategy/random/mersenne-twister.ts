const size = 624;
const middle = 397;

export type MersenneTwister = {
  /** The next 32 bits, as an unsigned integer. */
  readonly nextUint32: () => number;
  /** The 624 words and the index of the next one: CPython's `getstate()[1]`. */
  readonly state: () => readonly number[];
};

/**
 * MT19937 seeded by an array of 32-bit words, as CPython seeds it from an integer.
 * Source: Matsumoto and Nishimura 1998, `init_by_array` and `genrand_int32` of mt19937ar.c (2002).
 */
export function mersenneTwister(key: readonly number[]): MersenneTwister {
  const words = seeded(key);
  let index = size;
  return {
    nextUint32: () => {
      if (index >= size) {
        twist(words);
        index = 0;
      }
      return temper(at(words, index++));
    },
    state: () => [...words, index],
  };
}

function seeded(key: readonly number[]): Uint32Array {
  const words = new Uint32Array(size);
  words[0] = 19650218;
  for (let i = 1; i < size; i++) {
    const previous = at(words, i - 1);
    words[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
  }
  let i = 1;
  let j = 0;
  const advance = () => {
    i += 1;
    if (i >= size) {
      words[0] = at(words, size - 1);
      i = 1;
    }
  };
  for (let round = Math.max(size, key.length); round > 0; round--) {
    const previous = at(words, i - 1);
    words[i] = (at(words, i) ^ Math.imul(previous ^ (previous >>> 30), 1664525)) + (key[j] ?? 0) + j;
    advance();
    j = (j + 1) % key.length;
  }
  for (let round = size - 1; round > 0; round--) {
    const previous = at(words, i - 1);
    words[i] = (at(words, i) ^ Math.imul(previous ^ (previous >>> 30), 1566083941)) - i;
    advance();
  }
  words[0] = 0x80000000;
  return words;
}

function twist(words: Uint32Array): void {
  for (let i = 0; i < size; i++) {
    const mixed = (at(words, i) & 0x80000000) | (at(words, (i + 1) % size) & 0x7fffffff);
    words[i] = at(words, (i + middle) % size) ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
  }
}

function temper(word: number): number {
  let y = word ^ (word >>> 11);
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return (y ^ (y >>> 18)) >>> 0;
}

function at(words: Uint32Array, index: number): number {
  // Every index above is within the 624 words.
  return words[index] as number;
}
