import { signalAttempt, waitForAttempt } from '../executor/end.ts';
import { countKernelOomKills } from '../executor/kernel-oom.ts';
import { type AttemptEnd, launchStage } from '../executor/launch.ts';
import type { HeldLease, Lease } from '../executor/leases.ts';
import { killRemnants } from '../executor/remnants.ts';
import { type AttemptState, attemptSeconds, attemptState, readClaim } from '../store/claim.ts';
import { finishedState } from '../store/finished.ts';
import { isSame, livenessOf, ownIdentity } from '../store/identity.ts';
import { attemptPaths } from '../store/paths.ts';
import { findDamage, readSeal } from '../store/seal.ts';
import { type ActiveAttempt, type Context, move, type Owner, type Stage } from './context.ts';
import { noteAttempt } from './memory.ts';
import { watchProgress } from './progress.ts';
import { makeReady, resetDamaged, settle, succeed } from './settle.ts';

/** Finds out how a stage stands whose inputs are there: finished, running, ended unseen, or ready to start. */
export async function look(context: Context, stage: Stage): Promise<void> {
  const finished = await finishedState(
    stage.dir,
    (attempt) => stage.spec.checkResult({ stageDir: stage.dir, attempt }),
    stage.damagedAttempt,
  );
  if (finished.kind === 'finished' && finished.attempt !== stage.damagedAttempt) {
    const isOurs = stage.memory.attempts.includes(finished.attempt);
    const known = stage.memory.succeeded?.seconds;
    const seconds = known ?? (isOurs ? attemptSeconds(stage.dir, finished.attempt) : 0);
    succeed(context, stage, finished.attempt, finished.record, seconds, !isOurs);
    return;
  }
  if (
    finished.kind === 'damaged' &&
    finished.attempt !== stage.damagedAttempt &&
    !isUnsettled(stage, finished.attempt)
  ) {
    stage.damagedAttempt = finished.attempt;
    context.journal.append({
      event: 'stage-damaged',
      key: stage.spec.key,
      attempt: finished.attempt,
      message: finished.message,
    });
    context.onEvent({
      kind: 'notice',
      message: `${stage.spec.label}: ${finished.message}: it is run again`,
    });
  }
  const last: AttemptState =
    finished.kind === 'unfinished' ? finished.last : { kind: 'exited', attempt: finished.attempt, code: 0 };
  if (last.kind === 'live' || last.kind === 'elsewhere') {
    await follow(context, stage, last.attempt);
  } else if (last.kind !== 'none' && isUnsettled(stage, last.attempt)) {
    // It ended while no orchestrator looked.
    if (last.kind === 'killed') await killRemnants(attemptPaths(stage.dir, last.attempt).dir);
    move(stage, { kind: 'started', attempt: last.attempt });
    await settle(context, stage, last, attemptSeconds(stage.dir, last.attempt), false);
  } else {
    if (last.kind === 'killed') await killRemnants(attemptPaths(stage.dir, last.attempt).dir);
    makeReady(context, stage, last.kind === 'none' ? 0 : last.attempt);
  }
}

/** One attempt on devices that were leased for it, from start to end. */
export async function runAttempt(
  context: Context,
  stage: Stage,
  attempt: number,
  leases: readonly HeldLease[],
): Promise<void> {
  const { spec, memory } = stage;
  const devices = leases.map((lease) => lease.device);
  const active = startActive(stage, attempt, devices, leases);
  let released = false;
  const release = (): void => {
    if (!released) context.leases.release(leases);
    released = true;
  };
  try {
    if (await resetDamagedInput(context, stage)) return;
    const killsBefore = countKernelOomKills();
    context.journal.append({
      event: 'stage-started',
      key: spec.key,
      attempt,
      devices: [...devices],
      adjustment: memory.adjustment,
    });
    noteAttempt(memory, attempt);
    if (stage.damagedAttempt === attempt) stage.damagedAttempt = undefined;
    context.onEvent({
      kind: 'started',
      spec,
      attempt,
      devices: labelsOf(context, devices),
    });
    const attemptDir = attemptPaths(stage.dir, attempt).dir;
    const command = spec.prepare({
      stageDir: stage.dir,
      attemptDir,
      attempt,
      inputDirs: Object.fromEntries(spec.inputs.map((key) => [key, context.stages.get(key)?.dir ?? ''])),
      gpus: context.devices[0]?.kind === 'cuda' ? devices : [],
      adjustment: memory.adjustment,
    });
    const end = await launchStage({
      ...command,
      stageDir: stage.dir,
      attempt,
      provenance: context.provenanceText,
      secrets: context.secrets,
    });
    const seconds = (performance.now() - active.startedAtMs) / 1000;
    // A look at every process costs too much after a short attempt: what left its session then is found at the end.
    // One that another sweep claimed has the same folder, and its processes are not ours.
    if (end.kind === 'killed' || (end.kind === 'exited' && seconds > 1)) await killRemnants(attemptDir);
    stage.active = undefined;
    release();
    if (end.kind === 'claimed') {
      if (context.stopReason !== undefined) {
        // A sweep that ends does not wait for another's stage.
        move(stage, { kind: 'ended' });
        return;
      }
      // Followed from outside the queue, whose place and whose devices the next stage can have.
      move(stage, { kind: 'released' });
      context.lookAt(stage);
    } else await settle(context, stage, end, seconds, countKernelOomKills() > killsBefore, active.ending);
  } finally {
    stage.active = undefined;
    release();
  }
}

/** Waits for an attempt that somebody else started: an earlier run of this sweep, or another sweep. */
async function follow(context: Context, stage: Stage, attempt: number): Promise<void> {
  move(stage, { kind: 'found-running', attempt });
  const leases = context.leases.list().filter((held) => held.stageDir === stage.dir && held.attempt === attempt);
  const devices = leases.map(({ device }) => device);
  const active = startActive(stage, attempt, devices, []);
  context.journal.append({
    event: 'stage-adopted',
    key: stage.spec.key,
    attempt,
  });
  const owner = ownerOf(context, stage, attempt);
  if (owner === 'nobody') context.adopted.set(stage, devices);
  context.onEvent({
    kind: 'followed',
    spec: stage.spec,
    attempt,
    owner,
    host: readClaim(stage.dir, attempt)?.host,
  });
  const { memory } = stage;
  if (!memory.attempts.includes(attempt)) memory.attempts = [...memory.attempts, attempt];
  let end: AttemptEnd;
  try {
    end = await waitForAttempt(stage.dir, attempt, {
      signal: active.abandon.signal,
    });
  } catch (error) {
    if (!active.abandon.signal.aborted) throw error;
    move(stage, { kind: 'ended' });
    return;
  } finally {
    stage.active = undefined;
  }
  await settle(context, stage, end, attemptSeconds(stage.dir, attempt), false, active.ending);
}

/**
 * Whose this attempt is: unless nobody's, ending it is not ours to do. `another-host`: it runs where no process can be
 * looked at from here, or in another container.
 */
export function ownerOf(context: Context, stage: Stage, attempt: number): Owner {
  if (attemptState(stage.dir, attempt).kind === 'elsewhere') return 'another-host';
  const others = context.leases
    .list()
    .some((lease) => lease.stageDir === stage.dir && lease.attempt === attempt && !isUnattended(lease));
  return others ? 'another-sweep' : 'nobody';
}

/** Whether no other live process looks after the attempt that holds this lease. */
export function isUnattended({ orchestrator }: Lease): boolean {
  return isSame(orchestrator, ownIdentity()) || livenessOf(orchestrator) === 'dead';
}

/** Signals one attempt of ours, and says so to its stage. */
export function endAttempt(
  stage: Stage,
  signal: 'SIGTERM' | 'SIGKILL',
  why: NonNullable<ActiveAttempt['ending']>,
): void {
  const { active } = stage;
  if (!active) return;
  active.ending ??= why;
  // Without a claim yet there is nobody to signal: the monitor tries again.
  if (signalAttempt(stage.dir, active.attempt, signal)) active.signalledAtMs ??= performance.now();
}

export function labelsOf(context: Context, ids: readonly string[]): string[] {
  return ids.map((id) => context.devices.find((device) => device.id === id)?.label ?? id);
}

function startActive(
  stage: Stage,
  attempt: number,
  devices: readonly string[],
  leases: readonly HeldLease[],
): ActiveAttempt {
  const now = performance.now();
  const active: ActiveAttempt = {
    attempt,
    devices,
    leases,
    startedAtMs: now,
    watch: watchProgress(attemptPaths(stage.dir, attempt).events),
    lastSignMs: now,
    ending: undefined,
    signalledAtMs: undefined,
    abandon: new AbortController(),
  };
  stage.active = active;
  return active;
}

/** An attempt of this sweep whose end its journal does not know. */
function isUnsettled(stage: Stage, attempt: number): boolean {
  return stage.memory.attempts.includes(attempt) && !stage.memory.settled.includes(attempt);
}

/** Damage is found before it is used: the damaged input runs again, and this stage waits for it. */
async function resetDamagedInput(context: Context, stage: Stage): Promise<boolean> {
  for (const key of stage.spec.inputs) {
    const input = context.stages.get(key);
    const seal = input && readSeal(input.dir);
    const damage = input && (seal ? await findDamage(input.dir, seal, 'deep') : `${input.dir} has lost its seal.json`);
    if (!input || damage === undefined) continue;
    move(stage, { kind: 'released' });
    resetDamaged(context, input, seal, damage);
    return true;
  }
  return false;
}
