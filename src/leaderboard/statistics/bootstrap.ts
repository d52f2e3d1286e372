import { quantile } from 'simple-statistics';
import type { Interval } from './paired.ts';
import { seededRandom } from './random.ts';

const resamples = 2000;
const seed = 20_220_522;

/**
 * Percentile interval of the grand mean of a matrix of differences, seeds by examples: seeds and examples are both drawn
 * with replacement, the examples once for all seeds because they are the same rows. Its coverage is poor below ten seeds.
 *
 * @throws RangeError for an empty matrix, or rows of different lengths.
 */
export function hierarchicalBootstrap(differences: readonly (readonly number[])[], confidence = 0.95): Interval {
  const seeds = differences.length;
  const examples = differences[0]?.length ?? 0;
  if (examples === 0 || differences.some((row) => row.length !== examples)) {
    throw new RangeError('Expected a matrix of at least one seed and one example');
  }
  const random = seededRandom(seed);
  const draw = (count: number) => Math.floor(random() * count);
  const matrix = Float64Array.from(differences.flat());
  const means: number[] = [];
  for (let i = 0; i < resamples; i++) {
    const drawnSeeds = Array.from({ length: seeds }, () => draw(seeds) * examples);
    let total = 0;
    for (let e = 0; e < examples; e++) {
      const example = draw(examples);
      for (const offset of drawnSeeds) total += matrix[offset + example] ?? 0;
    }
    means.push(total / (seeds * examples));
  }
  means.sort((a, b) => a - b);
  return { low: quantile(means, (1 - confidence) / 2), high: quantile(means, (1 + confidence) / 2) };
}
