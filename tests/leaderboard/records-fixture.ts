import { buildLeaderboard } from '../../src/leaderboard/build.ts';
import type { Question } from '../../src/leaderboard/questions/question.ts';
import type { Choices, Outcome, RunRecord } from '../../src/leaderboard/records.ts';

export const question: Question = {
  name: 'Does the order matter?',
  factor: 'strategy',
  groups: [['v4'], ['v3']],
  within: ['task', 'sparsity'],
  margin: 0.005,
  metric: 'score',
};

export type RunSketch = Partial<Omit<RunRecord, 'outcome'>> & {
  readonly score?: number;
  readonly outcome?: Partial<Outcome> | null;
};

/** A finished run with plausible facts, differing in what is given. */
export function run(sketch: RunSketch): RunRecord {
  const { score = 0.8, outcome, parameters, ...rest } = sketch;
  const seed = rest.seed ?? 1;
  const strategy = rest.strategy ?? 'v4';
  const task = rest.task ?? 'movies';
  const sparsityAsked = rest.sparsityAsked === undefined ? 0.6 : rest.sparsityAsked;
  return {
    runId: `${task}-${strategy}-${sparsityAsked ?? 'any'}-${seed}`,
    seed,
    task,
    strategy,
    k: strategy.startsWith('none') ? null : 4,
    sparsityAsked,
    parameters: { task, strategy, seed, ...(sparsityAsked === null ? {} : { sparsity: sparsityAsked }), ...parameters },
    state: 'finished',
    reason: null,
    outcome:
      outcome === null
        ? null
        : {
            metric: 'accuracy',
            score,
            metrics: { accuracy: score },
            majorityClass: 0.5,
            teacherScore: null,
            examples: 1000,
            sparsity: 0.6,
            speedup: 2,
            structure: null,
            ...outcome,
          },
    prune: null,
    parity: { kind: 'agrees', probes: 3 },
    setting: null,
    provenance: null,
    imported: false,
    ...rest,
  };
}

/** Choices at steps 0, 1, … : the same drawn layers, and the matched ones given. */
export function choices(alignments: readonly (readonly number[])[]): Choices {
  return {
    steps: alignments.map((_, i) => i),
    drawnLayers: alignments.map(() => [2, 5, 8, 11]),
    alignments,
  };
}

export const seeds = [1, 2, 3];

export function board(records: readonly RunRecord[]) {
  return buildLeaderboard(records, { name: 'demo' });
}
