import { mersenneTwister } from '../../src/strategy/random/mersenne-twister.ts';

/** Seeded chance: the same seed and index give the same case on every machine. */
export type Dice = {
  /** Both ends included. */
  readonly integer: (least: number, most: number) => number;
  readonly uniform: () => number;
  readonly normal: () => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(values: readonly T[]) => T;
};

export function dice(seed: number, index: number): Dice {
  const twister = mersenneTwister([seed >>> 0, index]);
  const uniform = () => (twister.nextUint32() + 0.5) / 2 ** 32;
  const integer = (least: number, most: number) => least + Math.floor(uniform() * (most - least + 1));
  return {
    integer,
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
    chance: (probability) => uniform() < probability,
    pick: (values) => values[integer(0, values.length - 1)] as (typeof values)[number],
  };
}
