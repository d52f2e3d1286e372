import type { RunRecord } from '../leaderboard/records.ts';

/** The runs of a sweep as leaderboards take them. */
export type Collected = {
  readonly records: readonly RunRecord[];
  /** What could not be used and why, one sentence each. */
  readonly leftOut: readonly string[];
  /** What holds for the whole sweep. */
  readonly notes: readonly string[];
};
