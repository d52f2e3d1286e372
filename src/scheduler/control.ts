import { cpuSlots } from '../executor/devices.ts';
import { endAttempt, ownerOf } from './attempts.ts';
import { type Context, move, type Stage } from './context.ts';

/** What can be asked of a running sweep. */
export type Control = {
  /** Starts nothing more; what runs is finished. */
  readonly finish: (reason: string) => void;
  /** Ends what runs as well. */
  readonly end: (signal: 'SIGTERM' | 'SIGKILL', reason: string) => void;
  /** Leaves the stages running, to be adopted by the next run. */
  readonly detach: () => void;
  readonly pause: () => void;
  readonly resume: () => void;
  /** Starts nothing more on a device; what runs there is finished. */
  readonly drain: (label: string) => void;
  readonly undrain: (label: string) => void;
  /** At most so many of the devices at once; more than there were at the start only on a CPU. */
  readonly setSlots: (count: number) => void;
  /** Starts failed stages anew, and what was waiting for them. */
  readonly retry: (keys: readonly string[]) => void;
};

export function controlOf(context: Context): Control {
  const changing =
    <T extends unknown[]>(command: (...args: T) => string, change: (...args: T) => void) =>
    (...args: T): void => {
      change(...args);
      // Devices that were kept for a stage may be of no use to it now.
      context.reservation = undefined;
      context.journal.append({ event: 'control', command: command(...args) });
      context.pump();
    };
  return {
    finish: (reason) => {
      context.stop(reason);
      leaveOthers(context);
    },
    end: (signal, reason) => {
      context.ending = signal;
      context.stop(reason);
      leaveOthers(context);
      for (const stage of context.stages.values()) endAttempt(stage, signal, 'sweep-ended');
    },
    detach: () => {
      context.stop('detached');
      context.detached = true;
      context.pump();
    },
    pause: changing(
      () => 'pause',
      () => (context.paused = true),
    ),
    resume: changing(
      () => 'resume',
      () => (context.paused = false),
    ),
    drain: changing(
      (label: string) => `drain ${label}`,
      (label) => context.drained.add(label),
    ),
    undrain: changing(
      (label: string) => `undrain ${label}`,
      (label) => context.drained.delete(label),
    ),
    setSlots: changing(
      (count: number) => `slots ${count}`,
      (count) => useSlots(context, count),
    ),
    retry: (keys) => {
      for (const key of keys) retry(context, key);
      context.pump();
    },
  };
}

function useSlots(context: Context, count: number): void {
  const { devices, queue } = context;
  if (devices[0]?.kind === 'cpu') devices.push(...cpuSlots(count).slice(devices.length));
  context.slots = Math.min(count, devices.length);
  queue.concurrency = Math.max(queue.concurrency, devices.length);
}

function retry(context: Context, key: string): void {
  const stage = context.stages.get(key);
  if (stage?.state.kind !== 'failed') return;
  context.journal.append({ event: 'retry-asked', key });
  move(stage, { kind: 'asked-again' });
  stage.memory.failed = undefined;
  stage.memory.history = [];
  unblock(context, stage);
  context.lookAt(stage);
}

/** What waits for a stage may run again, unless another of its inputs has failed. */
function unblock(context: Context, stage: Stage): void {
  for (const dependent of stage.dependents) {
    if (dependent.state.kind !== 'blocked') continue;
    const inputs = dependent.spec.inputs.map((key) => context.stages.get(key)?.state.kind);
    if (inputs.some((kind) => kind === 'failed' || kind === 'blocked')) continue;
    move(dependent, { kind: 'asked-again' });
    unblock(context, dependent);
  }
}

/** Attempts of another sweep, or on another host, are no business of ours once we end. */
function leaveOthers(context: Context): void {
  for (const stage of context.stages.values()) {
    if (stage.state.kind !== 'following' || !stage.active) continue;
    if (ownerOf(context, stage, stage.active.attempt) !== 'nobody') stage.active.abandon.abort();
  }
}
