/** What the page is made from: plain JSON, scores and sparsities in percent, times in milliseconds since 1970 or seconds. */
export type ReportData = {
  readonly schemaVersion: 1;
  readonly name: string;
  readonly madeAtMs: number;
  /** Whether a process runs the sweep now. */
  readonly running: boolean;
  readonly counts: {
    readonly runs: number;
    readonly finished: number;
    readonly failed: number;
    readonly waiting: number;
  };
  readonly baseline: string;
  readonly metrics: readonly string[];
  readonly answers: readonly ReportAnswer[];
  readonly columns: readonly ReportColumn[];
  readonly arms: readonly ReportArm[];
  readonly runs: readonly ReportRun[];
  /** Published scores of the tasks, where they are comparable to these runs. */
  readonly reported: readonly ReportedPoint[];
  /** Names of parameters that vary, for parallel coordinates. */
  readonly varying: readonly string[];
  readonly curves: readonly Curve[];
  readonly timeline: readonly TimelineEntry[];
  readonly notes: readonly string[];
};

export type ReportAnswer = {
  readonly title: string;
  /** Beside the verdicts: dependence on factors, what was averaged over, what single examples say. */
  readonly further: readonly string[];
  readonly unit: string;
  readonly margin: number;
  /** Over all comparisons first, where there are several. */
  readonly cells: readonly {
    readonly label: string;
    readonly verdict: string;
    readonly sentence: string;
    readonly effect: number | null;
    readonly low: number | null;
    readonly high: number | null;
    readonly differences: readonly { readonly seed: string; readonly value: number }[];
  }[];
};

export type ReportColumn = {
  readonly id: string;
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Shown at first; the others on request. */
  readonly narrow: boolean;
};

/** One leaderboard row. */
export type ReportArm = {
  readonly label: string;
  readonly task: string;
  readonly strategy: string;
  readonly k: number | null;
  readonly asked: number | null;
  readonly cells: readonly { readonly text: string; readonly value: string | number | null }[];
  readonly matches: MatchHistory | null;
  readonly structure: MeanStructure | null;
  readonly expectedMaximum: readonly number[];
  readonly meanSeconds: number | null;
};

export type ReportRun = {
  readonly id: string;
  /** Index of its arm. */
  readonly arm: number;
  readonly seed: number;
  readonly state: 'finished' | 'failed' | 'waiting';
  readonly reason: string | null;
  readonly score: number | null;
  readonly sparsity: number | null;
  readonly speedup: number | null;
  readonly seconds: number | null;
  readonly parity: string;
  readonly device: string | null;
  readonly packages: string | null;
  readonly steps: number | null;
  readonly peakMemoryBytes: number | null;
  readonly targetReached: boolean | null;
  readonly imported: boolean;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
};

export type ReportedPoint = {
  readonly task: string;
  readonly method: string;
  readonly sparsity: number;
  readonly score: number;
  readonly source: string;
};

/** One learning curve: `name` of run `run` during a stage. */
export type Curve = {
  readonly run: number;
  readonly stage: string;
  readonly name: string;
  readonly steps: readonly number[];
  readonly values: readonly number[];
};

/** Over the seeds of an arm, by part of the training: how often each teacher layer was matched to each student layer. */
export type MatchHistory = {
  readonly teacherLayers: number;
  readonly studentLayers: number;
  readonly phases: readonly {
    readonly fromStep: number;
    readonly toStep: number;
    readonly steps: number;
    /** [teacher layer, student layer (-1: unmatched), share of the steps]. */
    readonly matches: readonly (readonly [number, number, number])[];
  }[];
};

/** Mean over the seeds of an arm, by layer from 0. */
export type MeanStructure = {
  readonly heads: readonly number[];
  readonly intermediate: readonly number[];
  readonly attention: readonly number[];
  readonly feedForward: readonly number[];
  readonly hidden: number;
};

export type TimelineEntry = {
  readonly label: string;
  readonly stage: string;
  readonly device: string;
  readonly attempt: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly state: 'finished' | 'failed' | 'ended' | 'running';
};
