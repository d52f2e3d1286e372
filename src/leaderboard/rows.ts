import type { ReportedGrade } from '../glue/reported-scores.ts';
import type { ChoiceDifference } from './choices.ts';
import type { Answer } from './questions/question.ts';
import type { ParameterValue, RunRecord } from './records.ts';
import type { PairedComparison, Summary } from './statistics/paired.ts';

export type SeedScore = { readonly replicate: string; readonly runId: string; readonly score: number };

/** The difference to the baseline, or why there is none. Scores 0 to 1. */
export type BaselineDifference =
  | {
      readonly kind: 'compared';
      readonly comparison: PairedComparison;
      /** Exact; null before every declared seed is in, or with more pairs than are counted exactly. */
      readonly p: number | null;
      readonly pHolm: number | null;
      readonly complete: boolean;
      /** Number of tests that Holm's correction counts. */
      readonly family: number;
      /** Largest distance of achieved sparsities to the baseline's; null where one of them is unknown. */
      readonly sparsityGap: number | null;
    }
  | { readonly kind: 'baseline' }
  /** Neither its choices nor its scores ever differed from the baseline's, so there is nothing to compare. */
  | { readonly kind: 'identical' }
  | { readonly kind: 'not-compared'; readonly reason: string };

/** A published number beside a row's, in percent as published. */
export type ReportedBeside = {
  readonly score: number;
  readonly method: string;
  readonly sparsity: number;
  readonly source: string;
  readonly grade: ReportedGrade;
  /** Ours minus theirs, in points. */
  readonly difference: number;
  /** Our achieved sparsity minus theirs, in points; null where ours is unknown. */
  readonly sparsityGap: number | null;
  /** What a difference may be by chance, in points: the binomial standard error or the deviation over seeds, the greater; null: unknown. */
  readonly tolerance: number | null;
};

export type ParitySummary = {
  readonly verdict: 'agrees' | 'disagrees' | 'none' | 'partly';
  readonly probes: number;
  /** Of what disagrees, or why there is nothing to say. */
  readonly details: readonly string[];
};

/** One configuration over its seeds. Scores and sparsities 0 to 1. */
export type LeaderboardRow = {
  readonly key: string;
  readonly cell: string;
  readonly task: string;
  readonly strategy: string;
  readonly k: number | null;
  readonly sparsityAsked: number | null;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly metric: string | null;
  readonly scores: readonly SeedScore[];
  readonly summary: Summary | null;
  readonly majorityClass: number | null;
  readonly teacherScore: number | null;
  readonly sparsity: { readonly mean: number; readonly min: number; readonly max: number } | null;
  readonly speedup: number | null;
  readonly planned: number;
  readonly failed: number;
  readonly targetNotReached: number;
  readonly difference: BaselineDifference;
  readonly choices: readonly ChoiceDifference[];
  /** Arms whose choices and scores never differed from this one's. */
  readonly identicalTo: readonly string[];
  /** Arms that chose the same and scored differently: they differ in something else. */
  readonly sameChoices: readonly string[];
  readonly reported: ReportedBeside | null;
  readonly parity: ParitySummary;
  readonly imported: boolean;
  readonly marks: readonly string[];
  readonly records: readonly RunRecord[];
};

export type Leaderboard = {
  readonly name: string;
  readonly baseline: string;
  /** Parameters beside task, strategy, k and sparsity in which rows differ. */
  readonly varying: readonly string[];
  readonly rows: readonly LeaderboardRow[];
  /** To the sweep file's questions, in its order. */
  readonly answers: readonly Answer[];
  readonly counts: {
    readonly runs: number;
    readonly finished: number;
    readonly failed: number;
    readonly waiting: number;
  };
  /** What readers must know, and what was left out and why. */
  readonly notes: readonly string[];
};
