export type ExpectedMaximum = {
  /** Number of trials, from 1. */
  readonly trials: number;
  /** Plug-in form of Dodge et al. 2019, "Show Your Work": trials drawn with replacement; too low for trials near N. */
  readonly plugIn: number;
  /** Mean over all subsets of so many trials: unbiased. */
  readonly unbiased: number;
};

/** Expected best score of 1 … N trials drawn from the N observed ones. */
export function expectedMaximum(scores: readonly number[]): ExpectedMaximum[] {
  const sorted = [...scores].sort((a, b) => a - b);
  const total = sorted.length;
  return sorted.map((_, index) => {
    const trials = index + 1;
    let plugIn = 0;
    let unbiased = 0;
    // Chance that the i-th smallest is the largest of a subset: C(i-1, trials-1) / C(N, trials), from the top down.
    let weight = trials / total;
    for (let i = total; i >= 1; i--) {
      const score = sorted[i - 1] ?? 0;
      plugIn += score * ((i / total) ** trials - ((i - 1) / total) ** trials);
      unbiased += score * weight;
      weight *= i > 1 ? Math.max(0, i - trials) / (i - 1) : 0;
    }
    return { trials, plugIn, unbiased };
  });
}
