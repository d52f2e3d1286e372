import type { Expandable } from '../expand.ts';
import type { Question } from '../sweep-file.ts';
import type { Position } from '../yaml-document.ts';

/** A sweep of upstream's own program, checked: plain data. */
export type CofiSweep = Expandable & {
  readonly file: string;
  readonly name: string;
  readonly description: string;
  /** As written in the file, relative to its folder. */
  readonly checkout: string;
  readonly python: string;
  /** The teacher of each task: one path with `${task}` in it or without, or one a task. */
  readonly teacher: string | Readonly<Record<string, string>>;
  readonly model:
    | { readonly source: 'hub'; readonly name: string; readonly revision: string }
    | { readonly source: 'directory'; readonly path: string };
  readonly resources: {
    readonly threads: number;
    readonly slots: number | null;
    readonly runsPerGpu: number;
  };
  readonly questions: readonly Question[];
  readonly positions: ReadonlyMap<string, Position>;
};

/** The folder of a task's teacher as the file writes it; undefined where it names none. */
export function teacherOf({ teacher }: CofiSweep, task: string): string | undefined {
  if (typeof teacher === 'string') return teacher.replaceAll('${task}', task);
  return teacher[task];
}
