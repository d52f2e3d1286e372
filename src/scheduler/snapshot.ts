import type { Lease } from '../executor/leases.ts';
import { labelsOf } from './attempts.ts';
import type { Context, Stage } from './context.ts';
import { whyNoDevice } from './placement.ts';
import type { Progress } from './progress.ts';
import type { StageKind } from './stage-spec.ts';
import type { StateKind } from './state.ts';

/** A sweep at one moment, for whoever shows it. */
export type Snapshot = {
  readonly counts: Readonly<Record<StateKind, number>>;
  readonly devices: readonly {
    readonly label: string;
    readonly drained: boolean;
    /** Whether `slots` lets the sweep use it. */
    readonly inUse: boolean;
    readonly runs: number;
  }[];
  readonly running: readonly RunningStage[];
  readonly waiting: readonly {
    readonly key: string;
    readonly label: string;
    readonly waitsFor: string;
  }[];
  readonly failed: readonly {
    readonly label: string;
    readonly message: string;
  }[];
  readonly paused: boolean;
  readonly stopReason: string | undefined;
};

export type RunningStage = {
  readonly key: string;
  readonly label: string;
  readonly kind: StageKind;
  readonly attempt: number;
  readonly devices: readonly string[];
  readonly seconds: number;
  readonly progress: Progress;
  readonly followed: boolean;
};

export function snapshotOf(context: Context, maxWaiting = 20): Snapshot {
  const counts = {
    waiting: 0,
    running: 0,
    following: 0,
    'backing-off': 0,
    succeeded: 0,
    failed: 0,
    blocked: 0,
    ended: 0,
  };
  const running: RunningStage[] = [];
  const waiting: Snapshot['waiting'][number][] = [];
  const failed: Snapshot['failed'][number][] = [];
  const held = context.leases.list();
  for (const stage of context.stages.values()) {
    const { state, spec } = stage;
    counts[state.kind] += 1;
    if (stage.active) running.push(runningStage(context, stage, stage.active));
    if (state.kind === 'failed') failed.push({ label: spec.label, message: state.failure.message });
    if ((state.kind === 'waiting' || state.kind === 'backing-off') && waiting.length < maxWaiting) {
      waiting.push({
        key: spec.key,
        label: spec.label,
        waitsFor: waitsFor(context, stage, held),
      });
    }
  }
  const busy = running.flatMap(({ devices }) => devices);
  const devices = context.devices.map(({ label }, index) => ({
    label,
    inUse: index < context.slots,
    drained: context.drained.has(label),
    runs: busy.filter((other) => other === label).length,
  }));
  return {
    counts,
    devices,
    running,
    waiting,
    failed,
    paused: context.paused,
    stopReason: context.stopReason,
  };
}

/** Why a stage does not run now. */
function waitsFor(context: Context, stage: Stage, held: readonly Lease[]): string {
  if (stage.state.kind === 'backing-off') return `its next attempt (${stage.state.failure.message})`;
  if (stage.missingInputs > 0) {
    const missing = stage.spec.inputs
      .map((key) => context.stages.get(key))
      .filter((input) => input && input.state.kind !== 'succeeded')
      .map((input) => input?.spec.label);
    return missing.join(', ');
  }
  if (context.stopReason !== undefined) return `the next run: ${context.stopReason}`;
  if (context.paused) return 'resume: the sweep is paused';
  return whyNoDevice(context, stage, held);
}

function runningStage(context: Context, stage: Stage, active: NonNullable<Stage['active']>): RunningStage {
  return {
    key: stage.spec.key,
    label: stage.spec.label,
    kind: stage.spec.kind,
    attempt: active.attempt,
    devices: labelsOf(context, active.devices),
    seconds: (performance.now() - active.startedAtMs) / 1000,
    progress: active.watch.progress(),
    followed: stage.state.kind === 'following',
  };
}
