import type { StageKind, StageSpec } from '../scheduler/stage-spec.ts';
import type { ResolvedSweep } from '../store/sweep-folder.ts';
import type { SweepPlan } from '../sweep/index.ts';
import type { PlannedRun } from '../sweep/plan.ts';

export type LoadOptions = {
  readonly results: string;
  readonly glueDir?: string;
  readonly device?: 'cpu' | 'cuda';
};

/** A sweep file's plan, whatever trains. */
export type LoadedSweep = {
  readonly name: string;
  readonly device: 'cpu' | 'cuda';
  readonly threads: number;
  /** Devices at once, where the file says. */
  readonly slots: number | null;
  readonly runs: readonly PlannedRun[];
  readonly stages: readonly {
    readonly key: string;
    readonly label: string;
    readonly kind: StageKind;
  }[];
  /** Stages as the scheduler runs them; refuses where what runs them is missing. */
  readonly specs: (rankOf: (key: string) => number) => StageSpec[];
  readonly resolved: ResolvedSweep;
  readonly warnings: string;
  /** Values in the file that nothing may repeat. */
  readonly secrets: readonly string[];
  /** Of the built-in backend. */
  readonly plan: SweepPlan | undefined;
  /** What a key is the hash of, where `plan` does not say. */
  readonly materialOf?: (key: string) => unknown;
};

/** What a sweep file alone does not say. */
export type SweepSource = {
  readonly file: string;
  readonly text: string;
  readonly device: 'cpu' | 'cuda';
  readonly gpuMemoryMiB: readonly number[];
};
