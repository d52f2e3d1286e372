/** What an upstream run's log says, as far as it says it; every field that a log may lack is optional or empty. */
export type UpstreamRun = {
  /** `key = value` lines that the program prints of its arguments, as text. */
  readonly arguments: ReadonlyMap<string, string>;
  readonly prefinetuneSteps?: number;
  readonly totalSteps?: number;
  readonly epochs?: number;
  readonly savingStarts: readonly { epoch: number; step: number }[];
  readonly bestModels: readonly { epoch: number; step: number; score: number }[];
  readonly evaluations: readonly Evaluation[];
  readonly alignments: readonly LoggedAlignment[];
};

export type Evaluation = {
  readonly line: number;
  readonly step?: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly headLayers?: readonly number[];
  readonly mlpLayers?: readonly number[];
};

export type LoggedAlignment = {
  readonly line: number;
  readonly version: number;
  readonly step: number;
  /** 0-based student layer of each selected teacher layer. */
  readonly studentLayers: readonly number[];
};
