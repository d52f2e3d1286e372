import type { ParameterValue } from '../records.ts';
import type { Interval } from '../statistics/paired.ts';

/** Two groups of values of one factor, held against each other: what a sweep file's `questions` say. */
export type Question = {
  readonly name: string;
  readonly factor: string;
  readonly groups: readonly [first: readonly ParameterValue[], second: readonly ParameterValue[]];
  /** Factors whose values are answered apart. */
  readonly within: readonly string[];
  /** Largest difference that counts as none, in the metric's own unit. */
  readonly margin: number;
  readonly metric: string;
};

export type Verdict =
  /** The first group against the second. `small`: told from 0, yet within the margin. */
  | { readonly kind: 'better' | 'worse'; readonly small: boolean }
  | { readonly kind: 'no-difference' }
  /** `needed`: pairs that would do; null: more than anyone runs. */
  | {
      readonly kind: 'not-enough-seeds';
      readonly needed: number | null;
      readonly reason: 'unreachable' | 'spread' | 'one-pair';
    }
  | { readonly kind: 'identical' }
  /** Every pair differs by exactly the same, so no test applies. */
  | { readonly kind: 'constant'; readonly withinMargin: boolean }
  | { readonly kind: 'pending'; readonly finished: number; readonly declared: number; readonly failed: number }
  | { readonly kind: 'cannot-answer'; readonly reason: string };

/** The answer for one value of each `within` factor, or over all of them. Differences in the metric's own unit. */
export type CellAnswer = {
  /** `movies, sparsity 0.6`; empty where the question has one cell or this is the answer over all. */
  readonly label: string;
  readonly values: Readonly<Record<string, ParameterValue>>;
  readonly pairs: number;
  /** Seeds of `differences`, in order. */
  readonly replicates: readonly string[];
  readonly differences: readonly number[];
  readonly effect: number | null;
  readonly deviation: number | null;
  /** 95%, by Student's t. */
  readonly interval: Interval | null;
  readonly p: number | null;
  readonly pHolm: number | null;
  readonly test: 'sign-flip' | 't' | null;
  readonly equivalenceP: number | null;
  /** Tests that Holm's correction counts. */
  readonly family: number;
  /** Largest distance between the achieved sparsities that were compared, 0 to 1. */
  readonly sparsityGap: number;
  readonly examples: ExampleTest | null;
  /** Seeds that only one of the groups was planned for. */
  readonly unpaired: number;
  readonly verdict: Verdict;
  readonly sentence: string;
};

/** What single examples say: whether these models differ, not whether the strategies do. */
export type ExampleTest =
  | {
      readonly kind: 'tested';
      readonly seeds: number;
      readonly examples: number;
      /** Percentile interval of the difference over seeds and examples. */
      readonly interval: Interval;
      /** By seed: examples that only one of the two models got right; empty where groups have several values. */
      readonly mcnemar: readonly {
        readonly replicate: string;
        readonly first: number;
        readonly second: number;
        readonly p: number;
      }[];
    }
  | { readonly kind: 'none'; readonly reason: string };

/** Whether the difference depends on a factor. */
export type Interaction = {
  readonly factor: string;
  readonly levels: readonly ParameterValue[];
  /** Mean difference at each level, the same order. */
  readonly effects: readonly number[];
  readonly pairs: number;
  /** Change of the difference: between two levels, or by unit of a numeric factor; null for levels without order. */
  readonly change: number | null;
  readonly interval: Interval | null;
  readonly p: number | null;
  readonly pHolm: number | null;
  /** Seeds without which no p could be small enough, however clear the dependence. */
  readonly needed: number;
  readonly sentence: string;
};

export type Answer = {
  readonly question: Question;
  readonly cells: readonly CellAnswer[];
  /** Over all cells, of the seeds that have them all; null where there is one cell. */
  readonly overall: CellAnswer | null;
  readonly interactions: readonly Interaction[];
  /** What the differences rest on beside the factor: what was averaged over, and in what else the groups differ. */
  readonly cautions: readonly string[];
};

/** Whether each example of a run was right; for exact tests between two runs. */
export type Correctness = {
  readonly ids: readonly string[];
  readonly correct: readonly boolean[];
};
