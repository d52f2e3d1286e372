import type { Expandable } from '../expand.ts';
import type { Position } from '../yaml-document.ts';

/** A sweep of a user's own program, checked: plain data. */
export type CommandSweep = Expandable & {
  readonly file: string;
  readonly name: string;
  readonly description: string;
  /** Which of the program's numbers is its score. */
  readonly metric: { readonly name: string; readonly goal: 'maximize' | 'minimize' };
  /** As written in the file; relative to the file's folder. */
  readonly program: string | null;
  /** Words with W&B's macros, see macros.ts. */
  readonly command: readonly string[];
  /** Raised by hand where results of before are not to be taken for results of now. */
  readonly version: number;
  /** Of the JSON file with the numbers, within the run's own folder. */
  readonly resultFile: string;
  readonly timeoutMinutes: number | null;
  readonly resources: {
    readonly threads: number;
    readonly slots: number | null;
    readonly runsPerGpu: number;
    readonly gpusPerRun: number;
    readonly gpuMemoryGb: number | null;
  };
  readonly positions: ReadonlyMap<string, Position>;
};
