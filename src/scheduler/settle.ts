import { failureOf } from '../executor/failure.ts';
import type { AttemptEnd } from '../executor/launch.ts';
import { errorCode, isDiskFull } from '../store/atomic-file.ts';
import { finishedState, type ResultRecord } from '../store/finished.ts';
import type { Failure } from '../store/journal-events.ts';
import { attemptPaths } from '../store/paths.ts';
import { emptySeal, markDamaged, type Seal } from '../store/seal.ts';
import { maskFile, maskSecrets, maskValues } from '../store/secrets.ts';
import { removeCheckpoint } from '../store/tidy.ts';
import { type ActiveAttempt, type Context, move, type Stage } from './context.ts';
import { learnFromOutOfMemory, learnMemory } from './learn-memory.ts';
import { noteEnd } from './memory.ts';
import { requestFor } from './placement.ts';
import { brokenBy, decide } from './policy.ts';
import { noAdjustment } from './stage-spec.ts';

type Ended = Exclude<AttemptEnd, { kind: 'claimed' }>;

/** Decides what an attempt's end means: a result, another attempt, a failure, or the end of the sweep. */
export async function settle(
  context: Context,
  stage: Stage,
  end: Ended,
  seconds: number,
  killedForMemory: boolean,
  ending?: ActiveAttempt['ending'],
): Promise<void> {
  const attempt = attemptOf(stage);
  hideSecrets(context, stage, attempt);
  let failure: Failure | undefined;
  if (end.kind === 'exited' && end.code === 0) {
    failure = await recordResult(context, stage, seconds);
    if (!failure) return;
  }
  if (ending === 'sweep-ended') {
    context.journal.append({
      event: 'stage-ended',
      key: stage.spec.key,
      attempt,
    });
    move(stage, { kind: 'ended' });
    return;
  }
  failure ??= failureOf(stage.dir, attempt, end, killedForMemory);
  failure = { ...failure, message: maskSecrets(failure.message, context.secrets) };
  if (ending === 'timeout' || ending === 'no-heartbeat')
    failure = { ...failure, kind: ending, message: endingText[ending] };
  fail(context, stage, attempt, failure, seconds);
}

/** What a stage prints may hold what it was told in confidence. */
function hideSecrets(context: Context, stage: Stage, attempt: number): void {
  const { stdout, stderr, events } = attemptPaths(stage.dir, attempt);
  try {
    for (const path of [stdout, stderr]) maskFile(path, (text) => maskSecrets(text, context.secrets));
    maskFile(events, (text) => maskValues(text, context.secrets));
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    context.stop(`the disk is full: ${stdout} could not be masked`);
  }
}

export function succeed(
  context: Context,
  stage: Stage,
  attempt: number,
  record: ResultRecord,
  seconds: number,
  cached: boolean,
): void {
  move(stage, { kind: 'succeeded' });
  stage.damagedAttempt = undefined;
  noteEnd(stage.memory, attempt);
  stage.memory.succeeded = { ...record, attempt, seconds };
  context.journal.append({
    event: 'stage-succeeded',
    key: stage.spec.key,
    attempt,
    seconds,
    ...record,
  });
  removeCheckpoint(stage.dir);
  learnMemory(context, stage, attempt);
  context.onEvent({ kind: 'succeeded', spec: stage.spec, seconds, cached });
  for (const dependent of stage.dependents) {
    dependent.missingInputs -= 1;
    if (dependent.missingInputs === 0 && dependent.state.kind === 'waiting') context.lookAt(dependent);
  }
}

/** Puts a stage that has all it needs where the pump finds it. */
export function makeReady(context: Context, stage: Stage, seenAttempt: number): void {
  if (stage.state.kind !== 'waiting' || stage.missingInputs > 0) return;
  stage.seenAttempt = seenAttempt;
  const { count, share } = requestFor(context, stage);
  context.ready.add(stage.spec, `${count}/${share}/${stage.spec.kind}`);
}

/** The same, and no other sweep takes its files for good ones either. */
export function resetDamaged(context: Context, stage: Stage, seal: Seal | undefined, damage: string): void {
  markDamaged(stage.dir, seal ?? emptySeal(stage.memory.succeeded?.attempt ?? 0), damage);
  reset(context, stage, damage);
}

/** Sends a stage that had succeeded back to the start, and those that read it with it. */
function reset(context: Context, stage: Stage, damage: string): void {
  if (stage.state.kind !== 'succeeded') return;
  stage.damagedAttempt = stage.memory.succeeded?.attempt;
  stage.memory.succeeded = undefined;
  context.journal.append({
    event: 'stage-damaged',
    key: stage.spec.key,
    attempt: stage.damagedAttempt,
    message: damage,
  });
  context.onEvent({
    kind: 'notice',
    message: `${stage.spec.label}: ${damage}: it is run again`,
  });
  takeBack(context, stage);
}

/** At the end, where a stage's files are not as it left them: whether they are damaged, and what follows, a look tells. */
export function lookAgain(context: Context, stage: Stage): void {
  context.onEvent({ kind: 'notice', message: `${stage.spec.label}: ${stage.dir} was changed after it had finished` });
  takeBack(context, stage);
}

function takeBack(context: Context, stage: Stage): void {
  move(stage, { kind: 'released' });
  for (const dependent of stage.dependents) {
    dependent.missingInputs += 1;
    context.ready.remove(dependent.spec);
  }
  context.lookAt(stage);
}

/** Everything that reads a failed stage, directly or not, cannot run; the rest goes on. */
export function block(context: Context, stage: Stage): void {
  const count = blockDependents(context, stage, stage.spec.label);
  if (count > 0) context.onEvent({ kind: 'blocked', count, by: stage.spec.label });
}

function blockDependents(context: Context, stage: Stage, by: string): number {
  let count = 0;
  for (const dependent of stage.dependents) {
    if (dependent.state.kind !== 'waiting' && dependent.state.kind !== 'backing-off') continue;
    context.ready.remove(dependent.spec);
    move(dependent, { kind: 'input-failed', by });
    count += 1 + blockDependents(context, dependent, by);
  }
  return count;
}

const endingText = {
  timeout: 'it ran longer than its time limit',
  'no-heartbeat': 'it gave no sign of life for too long',
} as const;

async function recordResult(context: Context, stage: Stage, seconds: number): Promise<Failure | undefined> {
  try {
    const state = await finishedState(stage.dir, (checked) =>
      stage.spec.checkResult({ stageDir: stage.dir, attempt: checked }),
    );
    if (state.kind === 'finished') {
      succeed(context, stage, state.attempt, state.record, seconds, false);
      return undefined;
    }
    const message = state.kind === 'damaged' ? state.message : `${stage.dir} was changed while it ran`;
    return { kind: 'bad-result', exitCode: 0, message };
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    const kind = isDiskFull(error) ? 'disk-full' : 'bad-result';
    return {
      kind,
      exitCode: 0,
      message: error instanceof Error ? error.message : code,
    };
  }
}

function fail(context: Context, stage: Stage, attempt: number, failure: Failure, seconds: number): void {
  const { spec, memory } = stage;
  const { key } = spec;
  memory.history.push({ failure, seconds });
  noteEnd(memory, attempt);
  context.journal.append({
    event: 'attempt-failed',
    key,
    attempt,
    failure,
    seconds,
  });
  if (failure.kind === 'out-of-memory') learnFromOutOfMemory(context, stage);
  const decision = decide({
    history: memory.history,
    adjustment: memory.adjustment,
    shared: spec.runsPerGpu > 1 || (context.devices[0]?.kind === 'cpu' && context.devices.length > 1),
    canAccumulate: spec.canAccumulate,
  });
  switch (decision.action) {
    case 'retry':
      memory.adjustment = decision.adjustment;
      move(stage, { kind: 'failed-for-now', failure });
      context.onEvent({
        kind: 'attempt-failed',
        spec,
        failure,
        retryInMs: decision.delayMs,
      });
      context.later(decision.delayMs, () => {
        if (stage.state.kind !== 'backing-off' || context.stopReason !== undefined) return;
        move(stage, { kind: 'released' });
        // Otherwise it is looked at when the input that was found damaged is there again.
        if (stage.missingInputs === 0) context.lookAt(stage);
      });
      return;
    case 'stop-sweep':
      memory.history.pop();
      move(stage, { kind: 'ended' });
      context.stop(`${spec.label}: ${failure.message}`);
      return;
    case 'fail':
      failForGood(context, stage, attempt, failure);
      return;
    default:
      decision satisfies never;
  }
}

function failForGood(context: Context, stage: Stage, attempt: number, failure: Failure): void {
  const { spec } = stage;
  move(stage, { kind: 'failed', attempt, failure });
  stage.memory.failed = { attempt, failure };
  stage.memory.adjustment = noAdjustment;
  context.journal.append({
    event: 'stage-failed',
    key: spec.key,
    attempt,
    failure,
  });
  context.onEvent({ kind: 'failed', spec, failure, earlier: false });
  context.failures.push({ kind: failure.kind, atMs: performance.now() });
  block(context, stage);
  const broken = brokenBy(context.failures, context.startedMs);
  if (broken !== undefined) {
    context.stop(`three stages failed within the first minute, all of one kind (${broken}): ${failure.message}`);
  }
}

function attemptOf(stage: Stage): number {
  if (stage.state.kind !== 'running' && stage.state.kind !== 'following') {
    throw new Error(`Expected ${stage.spec.key} to be running, found it ${stage.state.kind}`);
  }
  return stage.state.attempt;
}
