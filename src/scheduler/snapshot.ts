import { z } from 'zod';
import { labelsOf } from './attempts.ts';
import type { Context, Stage } from './context.ts';
import { type HostLook, lookAtHost } from './others.ts';
import type { StateKind } from './state.ts';
import { whyNoDevice } from './why-no-device.ts';

const count = z.int();
const stageStates: readonly StateKind[] = [
  ...(['waiting', 'running', 'following', 'backing-off'] as const),
  ...(['succeeded', 'failed', 'blocked', 'ended'] as const),
];

const runningStageSchema = z.object({
  key: z.string(),
  label: z.string(),
  kind: z.string(),
  attempt: z.int(),
  devices: z.array(z.string()).readonly(),
  seconds: z.number(),
  progress: z.object({
    phase: z.string().optional(),
    step: z.number(),
    totalSteps: z.number(),
    metrics: z.record(z.string(), z.number().nullable()),
    warnings: z.array(z.string()).readonly(),
  }),
  /** Whether another process started it. */
  followed: z.boolean(),
});

/** A sweep at one moment, for whoever shows it. */
export const snapshotSchema = z.object({
  counts: z.record(z.enum(stageStates), count),
  /** Stages that run or still will, by kind. */
  remaining: z.record(z.string(), count),
  devices: z
    .array(
      z.object({
        label: z.string(),
        drained: z.boolean(),
        runs: count,
        /** Other sweeps that run something on it. */
        heldBy: z.string().optional(),
      }),
    )
    .readonly(),
  /** At most so many of them are used at once. */
  slots: count,
  running: z.array(runningStageSchema).readonly(),
  /** The first ones. */
  waiting: z.array(z.object({ key: z.string(), label: z.string(), waitsFor: z.string() })).readonly(),
  failed: z.array(z.object({ label: z.string(), message: z.string() })).readonly(),
  paused: z.boolean(),
  stopReason: z.string().optional(),
});
export type Snapshot = Readonly<z.infer<typeof snapshotSchema>>;
export type RunningStage = Readonly<z.infer<typeof runningStageSchema>>;

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
  const remaining: Record<string, number> = {};
  const running: RunningStage[] = [];
  const waiting: Snapshot['waiting'][number][] = [];
  const failed: Snapshot['failed'][number][] = [];
  const host = lookAtHost(context);
  for (const stage of context.stages.values()) {
    const { state, spec } = stage;
    counts[state.kind] += 1;
    if (isToCome.has(state.kind)) remaining[spec.kind] = (remaining[spec.kind] ?? 0) + 1;
    if (stage.active) running.push(runningStage(context, stage, stage.active));
    if (state.kind === 'failed') failed.push({ label: spec.label, message: state.failure.message });
    if ((state.kind === 'waiting' || state.kind === 'backing-off') && waiting.length < maxWaiting) {
      waiting.push({
        key: spec.key,
        label: spec.label,
        waitsFor: waitsFor(context, stage, host),
      });
    }
  }
  const busy = running.flatMap(({ devices }) => devices);
  const devices = context.devices.map(({ id, label }) => ({
    label,
    drained: context.drained.has(label),
    runs: busy.filter((other) => other === label).length,
    heldBy: host.others.get(id)?.join('; '),
  }));
  return {
    counts,
    remaining,
    devices,
    slots: context.slots,
    running,
    waiting,
    failed,
    paused: context.paused,
    stopReason: context.stopReason,
  };
}

const isToCome: ReadonlySet<StateKind> = new Set(['waiting', 'running', 'following', 'backing-off']);

/** Why a stage does not run now. */
function waitsFor(context: Context, stage: Stage, host: HostLook): string {
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
  return whyNoDevice(context, stage, host);
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
