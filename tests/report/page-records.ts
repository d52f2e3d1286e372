import type { RunRecord } from '../../src/leaderboard/records.ts';
import type { StageKind } from '../../src/scheduler/stage-spec.ts';
import { choices, run } from '../leaderboard/records-fixture.ts';

export const stages = [
  'teacher',
  'importance',
  'prune',
  'finetune',
  'evaluate',
  'command',
  'cofi-prune',
  'cofi-finetune',
  'cofi-evaluate',
  'of a later version',
] satisfies (StageKind | 'of a later version')[];

export const hostile = `</script><script>window.harm = 1</script><img src=x onerror="window.harm = 1">`;

const gone = Array.from({ length: 10 }, () => 0);

const structure = {
  sparsity: 0.6,
  expectedSparsity: 0.6,
  parameterSparsity: 0.6,
  parameters: 1000,
  hiddenSize: 300,
  headsPerLayer: [12, 6, ...gone],
  intermediatePerLayer: [400, 200, ...gone],
  attentionLayers: [1, 1, ...gone],
  feedForwardLayers: [1, 1, ...gone],
};

export function records(): RunRecord[] {
  const arms = ['none', 'v3', 'v4', hostile].flatMap((strategy, arm) =>
    [1, 2, 3].flatMap((seed) =>
      ['movies', 'tweets'].map((task) =>
        run({
          strategy,
          seed,
          task,
          score: (80 + arm + 0.1 * seed) / 100,
          outcome: { structure },
          prune:
            strategy === 'none'
              ? null
              : {
                  target: 'reached',
                  calibrated: true,
                  stepsWithoutSurvivor: 0,
                  choices: choices([
                    [0, 1, 2, -1],
                    [0, 1, 2, arm],
                  ]),
                },
          provenance: {
            device: 'a test',
            seconds: 60 * seed,
            steps: 40,
            peakMemoryBytes: 2 ** 29,
            accumulationFactor: 1,
            packages: { torch: '2.13.0' },
          },
        }),
      ),
    ),
  );
  return [
    ...arms,
    run({ strategy: 'v3', seed: 4, state: 'failed', outcome: null, reason: `log line ${hostile}` }),
    run({ strategy: 'v4', seed: 4 }),
  ];
}
