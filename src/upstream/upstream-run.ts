/** What an upstream run's log says, as far as it says it; every field that a log may lack is optional or empty. */
export type UpstreamRun = {
  /** `key = value` lines that the program prints of its arguments, as text. */
  readonly arguments: ReadonlyMap<string, string>;
  readonly prefinetuneSteps?: number;
  readonly warmupSteps?: number;
  readonly totalSteps?: number;
  readonly epochs?: number;
  readonly evalExamples?: number;
  /** Parameters without embeddings, pooler and classifier, of the dense and of the cut model. */
  readonly parametersBefore?: number;
  readonly parametersAfter?: number;
  readonly epochsFinished: number;
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
  /** 0-based student layer of each selected teacher layer, -1 where it has none. */
  readonly studentLayers: readonly number[];
};

/** The figures that the log gives once. */
export type LoggedFigure =
  | 'prefinetuneSteps'
  | 'warmupSteps'
  | 'totalSteps'
  | 'epochs'
  | 'evalExamples'
  | 'parametersBefore'
  | 'parametersAfter';

/** What one line of the log says. */
export type LogEntry =
  | { readonly kind: 'argument'; readonly name: string; readonly value: string }
  | { readonly kind: 'figure'; readonly name: LoggedFigure; readonly value: number }
  | { readonly kind: 'pruning-starts' }
  | { readonly kind: 'losses'; readonly values: Readonly<Record<string, number>> }
  | ({ readonly kind: 'evaluation' } & Evaluation)
  | ({ readonly kind: 'alignment' } & LoggedAlignment)
  | { readonly kind: 'saving-starts'; readonly epoch: number; readonly step: number }
  | { readonly kind: 'best-model'; readonly epoch: number; readonly step: number; readonly score: number }
  | { readonly kind: 'epoch-finished'; readonly epoch: number };
