import type { EvaluateResult, PruneResult, TeacherResult } from '../wire/result.ts';

export type ParameterValue = string | number | boolean;

/** Whether the probes of a run agree with the reference. */
export type ParityVerdict =
  | { readonly kind: 'agrees'; readonly probes: number }
  | { readonly kind: 'disagrees'; readonly probe: string; readonly difference: string }
  /** Nothing to hold against anything: no layer loss, no probes, an imported result, or not looked at yet. */
  | { readonly kind: 'none'; readonly reason: string };

/** What the layer loss chose, step by step: for each drawn teacher layer the matched student layer, -1 where none. */
export type Choices = {
  readonly steps: readonly number[];
  readonly drawnLayers: readonly (readonly number[])[];
  readonly alignments: readonly (readonly number[])[];
};

export type Structure = EvaluateResult['structure'];

/** What a run came to. Scores and sparsities 0 to 1. */
export type Outcome = {
  readonly metric: string;
  readonly score: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly majorityClass: number | null;
  /** Of the dense model that it was distilled from, on the same rows. */
  readonly teacherScore: number | null;
  readonly examples: number | null;
  readonly sparsity: number | null;
  readonly speedup: number | null;
  readonly structure: Structure | null;
};

export type PruneFacts = {
  readonly target: PruneResult['target'];
  readonly calibrated: boolean;
  /** null where it was not counted. */
  readonly stepsWithoutSurvivor: number | null;
  readonly choices: Choices | null;
};

/** How a run was trained and on what, as far as readers of a table must know. */
export type RunSetting = {
  /** For people: `MiniLM 6 layers`, `bert-base-uncased`. */
  readonly model: string;
  /** Whether published BERT-base numbers may stand beside this run's. */
  readonly comparableToReported: boolean;
  readonly split: string;
  /** `pruned for 250 steps, finetuned for 1 epoch`. */
  readonly training: string;
  /** Where rows of the data were left out: `first 64 training rows`. */
  readonly reduction: string | null;
};

export type RunProvenance = {
  readonly device: string;
  /** Over all stages of the run, those shared with other runs included. */
  readonly seconds: number;
  readonly steps: number;
  /** null where it was not measured. */
  readonly peakMemoryBytes: number | null;
  /** 1; more where memory ran out, so that batches were divided by it at most and as many more accumulated. */
  readonly accumulationFactor: number;
  readonly packages: Readonly<Record<string, string>>;
};

export type RunState = 'finished' | 'failed' | 'waiting';

/** One run of a sweep, or one imported result: all that leaderboards and questions are made from. */
export type RunRecord = {
  readonly runId: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly seed: number;
  readonly task: string;
  readonly strategy: string;
  /** Selected teacher layers; null where there is no layer loss or where it varies. */
  readonly k: number | null;
  readonly sparsityAsked: number | null;
  readonly state: RunState;
  /** Why it failed or is not used. */
  readonly reason: string | null;
  readonly outcome: Outcome | null;
  readonly prune: PruneFacts | null;
  readonly parity: ParityVerdict;
  readonly setting: RunSetting | null;
  readonly provenance: RunProvenance | null;
  readonly imported: boolean;
};

export function outcomeOf(result: EvaluateResult, teacher: TeacherResult | null): Outcome {
  const { majorityClass, primaryMetric, speed } = result;
  return {
    ...outcomeOfNumbers(result),
    majorityClass: majorityClass[primaryMetric] ?? null,
    teacherScore: teacher?.report?.[primaryMetric] ?? null,
    speedup: speed.speedup,
  };
}

type Numbers = Pick<EvaluateResult, 'metrics' | 'primaryMetric' | 'structure'> & { readonly examples: number | null };

/** Of a run that measured no speed and knows no majority class. */
export function outcomeOfNumbers({ metrics, primaryMetric, examples, structure }: Numbers): Outcome {
  const score = metrics[primaryMetric];
  if (score === undefined) throw new RangeError(`Expected metrics to hold the primary metric \`${primaryMetric}\``);
  const { sparsity } = structure;
  return {
    metric: primaryMetric,
    score,
    metrics,
    majorityClass: null,
    teacherScore: null,
    examples,
    sparsity,
    speedup: null,
    structure,
  };
}
