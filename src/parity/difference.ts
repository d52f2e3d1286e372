/** The first number of a record that is not what the reference allows. */
export type Difference = {
  /** Name of the tensor or metadata field, as in the probe file. */
  readonly what: string;
  readonly index: readonly number[];
  readonly recorded: number;
  readonly expected: number;
  readonly tolerance: number;
  /** What that means, in words. */
  readonly explanation: string;
};

/** Equal within a tolerance; two NaN are equal, and so are two infinities of one sign. */
export function agrees(recorded: number, expected: number, tolerance: number): boolean {
  return Object.is(recorded, expected) || recorded === expected || Math.abs(recorded - expected) <= tolerance;
}

/** `recorded` is at most `bound`, or within a tolerance of it; never for NaN. */
export function isAtMost(recorded: number, bound: number, tolerance: number): boolean {
  return recorded <= bound || recorded <= bound + tolerance;
}
