import type { Strategy } from '../strategy/specification/strategy.ts';
import type { ModelConfig } from '../wire/model.ts';
import type { Numerics } from '../wire/request.ts';
import type { TaskConfig } from '../wire/task.ts';
import type { ModelShape } from './model-shape.ts';

/** What is known of a sweep's model once it was looked at. */
export type ModelFacts = {
  readonly config: ModelConfig;
  readonly shape: ModelShape;
  /** Of its classifier, in the order of their ids; null where they have no names. */
  readonly labels: readonly string[] | null;
  /** Outputs of its classifier, 0 where it has none; null: not known. */
  readonly classes: number | null;
  /** Hash over the tokenizer's files. */
  readonly tokenizer: string;
  /** Hash over its tokens and their ids; null: not known. */
  readonly vocabulary: string | null;
};

export type TaskFacts = Pick<TaskConfig, 'source' | 'fingerprint'>;

/** All that a plan depends on beside the sweep file, looked up beforehand: planning itself reads nothing. */
export type PlanContext = {
  readonly device: Numerics['device'];
  /** Of each GPU of the machine. */
  readonly gpuMemoryMiB: readonly number[];
  /** As in `MachineFacts`. */
  readonly missingCompiler: string | null;
  readonly model: ModelFacts;
  /** null: the teacher is the model itself. */
  readonly teacher: ModelFacts | null;
  /** By canonical task name. */
  readonly tasks: ReadonlyMap<string, TaskFacts>;
  /** The emitted module of a strategy that has a layer loss; called once for each different strategy. */
  readonly moduleFor: (strategy: Strategy, name: string) => { readonly file: string; readonly sha256: string };
};
