import type { Failure } from '../store/journal-events.ts';
import type { Context } from './context.ts';

export type FailedStage = {
  readonly key: string;
  readonly label: string;
  readonly dir: string;
  readonly attempt: number;
  readonly failure: Failure;
};

/** How a sweep ended. */
export type EngineReport = {
  readonly succeeded: number;
  readonly failed: readonly FailedStage[];
  readonly blocked: readonly {
    readonly key: string;
    readonly label: string;
    readonly by: string;
  }[];
  /** Neither finished nor failed: they go on with the next run. */
  readonly unfinished: number;
  readonly stopReason: string | undefined;
  readonly detached: boolean;
};

export function reportOf(context: Context): EngineReport {
  const stages = [...context.stages.values()];
  const failed: FailedStage[] = [];
  const blocked: EngineReport['blocked'][number][] = [];
  for (const { state, spec, dir } of stages) {
    const { key, label } = spec;
    if (state.kind === 'failed')
      failed.push({
        key,
        label,
        dir,
        attempt: state.attempt,
        failure: state.failure,
      });
    if (state.kind === 'blocked') blocked.push({ key, label, by: state.by });
  }
  const succeeded = stages.filter(({ state }) => state.kind === 'succeeded').length;
  return {
    succeeded,
    failed,
    blocked,
    unfinished: stages.length - succeeded - failed.length - blocked.length,
    stopReason: context.stopReason,
    detached: context.detached,
  };
}
