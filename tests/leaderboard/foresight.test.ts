import { describe, expect, test } from 'vitest';
import { foresee } from '../../src/leaderboard/questions/foresight.ts';
import { pairedPower } from '../../src/leaderboard/statistics/power.ts';
import { question, run } from './records-fixture.ts';

/** Both arms for so many seeds of each task; nothing is run. */
function planned(seeds: number, tasks: readonly string[]) {
  return tasks.flatMap((task) =>
    Array.from({ length: seeds }, (_, i) =>
      ['v3', 'v4'].map((strategy) => run({ task, strategy, seed: i + 1, state: 'waiting', outcome: null })),
    ).flat(),
  );
}

describe('before anything is spent, a plan', () => {
  test('says what its seeds can show with a deviation that is stated', () => {
    const { sentence, detectable } = foresee(planned(8, ['movies']), question, 0.01);
    expect(sentence).toMatchInlineSnapshot(
      `"Does the order matter? 8 seeds can show a difference of 1.16 points (80% power; deviation of paired differences 1.00 points, as stated)."`,
    );
    expect(pairedPower(8, detectable ?? 0, 0.01, 0.05)).toBeCloseTo(0.8, 8);
  });

  test('says so in deviations where none is known', () => {
    expect(foresee(planned(8, ['movies', 'tweets']), question, null).sentence).toMatchInlineSnapshot(
      `"Does the order matter? 8 seeds in each of 2 comparisons can show a difference of 1.34 times the deviation of paired differences (80% power, after Holm), which is not known yet. Over all comparisons together: 1.16 times the deviation of the seeds' means."`,
    );
  });

  test('takes the deviation of what is finished', () => {
    const finished = [0.01, 0.03].flatMap((difference, i) => [
      run({ strategy: 'v3', seed: i + 1, score: 0.8 }),
      run({ strategy: 'v4', seed: i + 1, score: 0.8 + difference }),
    ]);
    const rest = planned(8, ['movies']).filter(({ seed }) => seed > 2);
    const { deviation } = foresee([...finished, ...rest], question, null);
    expect(deviation).toMatchObject({ source: 'seen', pairs: 2, value: expect.closeTo(Math.SQRT2 / 100, 12) });
  });

  test('says that so few seeds can show nothing', () => {
    expect(foresee(planned(6, ['movies', 'tweets', 'amazon', 'nyt']), question, 0.001).sentence).toBe(
      "Does the order matter? 6 seeds in each of 4 comparisons cannot show any difference, however large: 8 would do. Over all comparisons together: 1.43 times the deviation of the seeds' means.",
    );
    expect(foresee([], question, null).sentence).toBe(
      'Does the order matter? is about runs that this sweep does not have.',
    );
  });
});
