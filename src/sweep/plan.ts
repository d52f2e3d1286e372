import type { Numerics } from '../wire/request.ts';
import type { StageConfig } from '../wire/stage.ts';

/** One configuration and seed of a sweep: a chain of stages that ends in an evaluation. */
export type PlannedRun = {
  /** Short hash of the parameters, the same for the same parameters in any sweep. */
  readonly id: string;
  /** The resolved parameters of the run by name, the seed included; inline strategies by their label. */
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  readonly seed: number;
  /** Keys of all stages of the run, inputs first. */
  readonly stageKeys: readonly string[];
  readonly evaluateKey: string;
};

export type StageResources = {
  readonly gpus: number;
  /** Runs that may share one GPU with this one, itself included. */
  readonly runsPerGpu: number;
  /** Of each of its GPUs; null: not said. */
  readonly memoryMiB: number | null;
};

/** A stage that one or more runs need. */
export type PlannedStage = {
  /** `<stage>-<hash>`: also the name of its folder under results/stages. */
  readonly key: string;
  readonly work: StageConfig;
  readonly inputs: Readonly<Record<string, string>>;
  readonly numerics: Numerics;
  readonly resources: StageResources;
  readonly checkpointEverySteps: number;
  /** For people: `prune movies v4 60% seed 1`. */
  readonly label: string;
};

/** What a sweep file asks for: pure data, no look at the disk's results. */
export type SweepPlan = {
  readonly name: string;
  readonly runs: readonly PlannedRun[];
  /** Inputs before the stages that read them. */
  readonly stages: readonly PlannedStage[];
};
