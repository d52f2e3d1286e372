import { endAttempt, ownerOf } from './attempts.ts';
import type { Context, Stage } from './context.ts';
import type { StageSpec } from './stage-spec.ts';

/** From TERM to KILL. */
const graceMs = 30_000;

/** Looks at every running attempt: its events, its time limits, signals that have not reached it. */
export function watchAttempts(context: Context): void {
  for (const stage of context.stages.values()) {
    if (stage.active) watchAttempt(context, stage, performance.now());
  }
}

function watchAttempt(context: Context, stage: Stage, nowMs: number): void {
  const { active, spec } = stage;
  if (!active) return;
  if (active.watch.poll()) {
    active.lastSignMs = nowMs;
    context.onEvent({
      kind: 'progress',
      spec,
      progress: active.watch.progress(),
    });
  }
  if (active.ending) {
    if (active.signalledAtMs === undefined) endAttempt(stage, context.ending ?? 'SIGTERM', active.ending);
    else if (active.ending !== 'sweep-ended' && nowMs - active.signalledAtMs > graceMs)
      endAttempt(stage, 'SIGKILL', active.ending);
    return;
  }
  const limit = brokenLimit(spec, nowMs - active.startedAtMs, nowMs - active.lastSignMs);
  // What another live sweep started is held to that one's limits; what runs on another host cannot be ended from here.
  if (limit && ownerOf(context, stage, active.attempt) === 'nobody') endAttempt(stage, 'SIGTERM', limit);
}

function brokenLimit(
  { timeoutMs, silenceMs }: StageSpec,
  runningMs: number,
  silentMs: number,
): 'timeout' | 'no-heartbeat' | undefined {
  if (timeoutMs !== undefined && runningMs > timeoutMs) return 'timeout';
  return silenceMs !== undefined && silentMs > silenceMs ? 'no-heartbeat' : undefined;
}
