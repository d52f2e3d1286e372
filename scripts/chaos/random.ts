/** A seeded generator (mulberry32): what it decided can be decided again. */
export type Random = {
  /** 0 ≤ x < 1. */
  readonly next: () => number;
  /** low ≤ n < high. */
  readonly between: (low: number, high: number) => number;
  readonly pick: <T>(choices: readonly T[]) => T;
};

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low));
  return {
    next,
    between,
    pick: (choices) => {
      const choice = choices[between(0, choices.length)];
      if (choice === undefined) throw new RangeError('Expected something to pick from');
      return choice;
    },
  };
}
