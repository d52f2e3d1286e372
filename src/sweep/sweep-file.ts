import type { Strategy } from '../strategy/specification/strategy.ts';
import type { TaskConfig } from '../wire/task.ts';
import type { Position } from './yaml-document.ts';

/** A strategy as a sweep file names or spells it. */
export type StrategyChoice = {
  readonly label: string;
  readonly strategy: Strategy;
  /** Whether its number of layers belongs to its name or was written out, so that `k` leaves it alone. */
  readonly fixedK: boolean;
};

export type ParameterValue = string | number | boolean | readonly string[] | StrategyChoice;

export type ParameterSpace =
  | {
      readonly kind: 'values';
      readonly values: readonly ParameterValue[];
      /** Where each value stands in the file. */
      readonly paths: readonly string[];
      readonly probabilities: readonly number[] | null;
    }
  | {
      readonly kind: 'range';
      readonly distribution: 'int_uniform' | 'uniform' | 'q_uniform' | 'log_uniform_values' | 'q_log_uniform_values';
      readonly min: number;
      readonly max: number;
      /** Step that values are rounded to. */
      readonly q: number | null;
    };

export type SweepParameter = {
  readonly name: string;
  readonly space: ParameterSpace;
  /** The parameter exists only in runs where each of these has one of its values. */
  readonly when: readonly { readonly parameter: string; readonly values: readonly (string | number | boolean)[] }[];
};

export type ModelSpec =
  | { readonly source: 'embedded'; readonly layers: number }
  | ({ readonly source: 'directory'; readonly path: string } & NamedLabels)
  | ({ readonly source: 'hub'; readonly name: string; readonly revision: string } & NamedLabels)
  | {
      readonly source: 'random';
      readonly layers: number;
      readonly hiddenSize: number;
      readonly heads: number;
      readonly intermediateSize: number;
      readonly seed: number;
    };

/** Of its classifier's outputs, in their order, where its config.json gives none. */
type NamedLabels = { readonly labels?: readonly string[] | undefined };

export type DataSpec = {
  /** null: embedded tasks from their package, GLUE from the GLUE directory if one is known, else from the hub. */
  readonly source: 'embedded' | 'directory' | 'hub' | null;
  readonly path: string | null;
  readonly split: TaskConfig['split'];
};

export type ResourcesSpec = {
  readonly threads: number;
  /** Stages at a time where there is no GPU; null: as many as the processors allow. */
  readonly slots: number | null;
  readonly runsPerGpu: number;
  readonly gpusPerRun: number;
  /** What a run takes of a GPU's memory; null: learned from the runs before. */
  readonly gpuMemoryGb: number | null;
  readonly checkpointEverySteps: number;
};

/** Two groups of values of one factor, held against each other by the report. */
export type Question = {
  readonly name: string;
  readonly factor: string;
  readonly groups: readonly [
    first: readonly (string | number | boolean)[],
    second: readonly (string | number | boolean)[],
  ];
  readonly within: readonly string[];
  /** Largest difference of the metric that counts as none, in the metric's own unit (0.01 is a point). */
  readonly margin: number;
  readonly metric: string;
};

/** A checked sweep file: plain data. */
export type SweepFile = {
  readonly file: string;
  readonly name: string;
  readonly description: string;
  readonly method: 'grid' | 'random' | 'list';
  readonly metric: { readonly name: string; readonly goal: 'maximize' | 'minimize' };
  readonly model: ModelSpec;
  /** What the teacher is finetuned from; null: the model itself. */
  readonly teacher: ModelSpec | null;
  readonly data: DataSpec;
  readonly backend: 'builtin';
  readonly resources: ResourcesSpec;
  readonly runCap: number | null;
  /** Of the draws of `method: random`. */
  readonly randomSeed: number;
  /** In the order in which they are expanded: a condition after what it depends on. */
  readonly parameters: readonly SweepParameter[];
  /** Of `method: list`: each run's own parameters. */
  readonly runs: readonly (readonly SweepParameter[])[];
  readonly questions: readonly Question[];
  /** Where each value stands in the file, by path. */
  readonly positions: ReadonlyMap<string, Position>;
};
