import type { Adjustment } from '../store/journal-events.ts';

export type StageKind =
  | 'teacher'
  | 'importance'
  | 'prune'
  | 'finetune'
  | 'evaluate'
  | 'command'
  | 'cofi-prune'
  | 'cofi-finetune'
  | 'cofi-evaluate';

/** What the scheduler must know of a stage; how it is computed is the business of its functions. */
export type StageSpec = {
  /** Also the name of its folder under results/stages. */
  readonly key: string;
  readonly label: string;
  readonly kind: StageKind;
  /** Keys of the stages that it reads. */
  readonly inputs: readonly string[];
  /** Order among ready stages: the least first. */
  readonly rank: number;
  readonly gpus: number;
  readonly runsPerGpu: number;
  /** Of each of its GPUs, as the sweep file says; null: learned. */
  readonly memoryMiB: number | null;
  readonly prepare: (context: AttemptContext) => StageCommand;
  /** Checks what the stage wrote; undefined where it is well, else what is wrong with it. */
  readonly checkResult: (context: ResultContext) => string | undefined;
  /** Whether half the batch with twice the accumulation is possible, the result the same. */
  readonly canAccumulate: (factor: number) => boolean;
  /** The most of a GPU's memory that a finished one says that it held; undefined where it says nothing. */
  readonly peakMemoryMiB: (stageDir: string) => number | undefined;
  readonly timeoutMs: number | undefined;
  /** Silence in events.jsonl that means a hung stage; undefined for a program that writes no events. */
  readonly silenceMs: number | undefined;
};

export type AttemptContext = {
  readonly stageDir: string;
  readonly attemptDir: string;
  readonly attempt: number;
  /** Folders of the finished input stages by key. */
  readonly inputDirs: Readonly<Record<string, string>>;
  /** Device UUIDs to be made visible; empty on CPU. */
  readonly gpus: readonly string[];
  readonly adjustment: Adjustment;
};

export type ResultContext = {
  readonly stageDir: string;
  readonly attempt: number;
};

export type StageCommand = {
  readonly request: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
};

export const noAdjustment: Adjustment = {
  aloneOnDevice: false,
  accumulationFactor: 1,
};
