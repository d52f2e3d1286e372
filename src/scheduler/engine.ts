import PQueue from 'p-queue';
import { killStragglers } from '../executor/remnants.ts';
import { isDiskFull } from '../store/atomic-file.ts';
import { looksFinished } from '../store/finished.ts';
import { stageDirOf } from '../store/paths.ts';
import { isUnattended, look, runAttempt } from './attempts.ts';
import { type Context, type EngineOptions, move, type Stage } from './context.ts';
import { type Control, controlOf } from './control.ts';
import { emptyMemory } from './memory.ts';
import { watchAttempts } from './monitor.ts';
import { startNext } from './pump.ts';
import { createReadyQueue } from './ready-queue.ts';
import { type EngineReport, reportOf } from './report.ts';
import { block, lookAgain, resetDamaged } from './settle.ts';
import { type Snapshot, snapshotOf } from './snapshot.ts';

export type Engine = {
  /** Resolves when nothing is left to do or nothing more may be done; rejects on a bug only. */
  readonly done: Promise<EngineReport>;
  readonly snapshot: () => Snapshot;
  readonly control: Control;
};

const tickMs = 500;
const memoryTickMs = 5000;

/** Runs the stages of one sweep. The caller holds the sweep's lock. */
export function startEngine(options: EngineOptions): Engine {
  const { promise, resolve, reject } = Promise.withResolvers<EngineReport>();
  const timers = new Set<NodeJS.Timeout>();
  let fatalError: { readonly error: unknown } | undefined;
  let over = false;
  /** Found as they were left when this process started: they need no second look at its end. */
  let known: ReadonlySet<Stage> | undefined;
  let pumpTimer: { readonly timeout: NodeJS.Timeout; readonly dueMs: number } | undefined;

  const context: Context = {
    ...options,
    devices: [...options.devices],
    provenanceText: `${JSON.stringify(options.provenance)}\n`,
    stages: buildStages(options),
    ready: createReadyQueue(),
    // Placement decides what fits; the queue bounds what is in flight at all.
    queue: new PQueue({
      concurrency: Math.max(1, options.devices.length * maxRunsPerDevice(options)),
    }),
    startedMs: performance.now(),
    failures: [],
    stopReason: undefined,
    ending: undefined,
    detached: false,
    paused: false,
    drained: new Set(),
    slots: Math.min(options.slots ?? options.devices.length, options.devices.length),
    adopted: new Map(),
    reservation: undefined,
    saidWaits: new Set(),
    pendingLooks: 0,
    pump: () => {
      if (over) return;
      try {
        startNext(context, (stage, attempt, leases) => runAttempt(context, stage, attempt, leases).catch(fatal));
      } catch (error) {
        fatal(error);
      }
      endIfIdle();
    },
    lookAt: (stage) => {
      context.pendingLooks += 1;
      look(context, stage)
        .catch(fatal)
        .finally(() => {
          context.pendingLooks -= 1;
          context.adopted.delete(stage);
          context.pump();
        });
    },
    later: (delayMs, action) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        action();
        context.pump();
      }, delayMs);
      timers.add(timer);
    },
    pumpLater: (delayMs) => {
      const dueMs = performance.now() + delayMs;
      if (pumpTimer && pumpTimer.dueMs <= dueMs) return;
      clearTimeout(pumpTimer?.timeout);
      const timeout = setTimeout(() => {
        pumpTimer = undefined;
        context.pump();
      }, delayMs);
      pumpTimer = { timeout, dueMs };
    },
    stop: (reason) => {
      context.stopReason ??= reason;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      context.pump();
    },
  };

  function fatal(error: unknown): void {
    if (isDiskFull(error)) {
      context.stop(`the disk is full: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    fatalError ??= { error };
    context.stop('internal error');
  }

  function endIfIdle(): void {
    const busy = context.queue.pending + context.queue.size + context.pendingLooks + timers.size > 0;
    const left = context.ready.size() > 0 && context.stopReason === undefined;
    if (!context.detached && (busy || left)) return;
    if (over) return;
    if (known && context.stopReason === undefined) {
      const changed = changedSince(context, known);
      known = undefined;
      for (const stage of changed) lookAgain(context, stage);
      if (changed.length > 0) return;
    }
    over = true;
    clearInterval(ticker);
    clearInterval(memoryTicker);
    clearTimeout(pumpTimer?.timeout);
    for (const timer of timers) clearTimeout(timer);
    void finish();
  }

  async function finish(): Promise<void> {
    try {
      if (!context.detached) await killStragglers(new Set([...context.stages.values()].map(({ dir }) => dir)));
    } catch (error) {
      fatalError ??= { error };
    }
    if (fatalError) reject(fatalError.error);
    else resolve(reportOf(context));
  }

  const ticker = setInterval(() => {
    watchAttempts(context);
    context.journal.synced().catch((error: unknown) => context.stop(`the journal cannot be written: ${String(error)}`));
  }, tickMs);

  const isOnGpus = options.devices[0]?.kind === 'cuda';
  const memoryTicker = isOnGpus ? setInterval(lookAtMemory, memoryTickMs) : undefined;
  function lookAtMemory(): void {
    options.gpuMemory.look().then((changed) => changed && context.pump(), fatal);
  }

  async function start(): Promise<void> {
    // Who else computes on the GPUs is known before the first stage is placed.
    if (isOnGpus) await options.gpuMemory.look();
    if (over) return;
    known = begin(context);
    context.pump();
  }

  // The caller gets its engine before the first event.
  queueMicrotask(() => void start().catch(fatal));
  return {
    done: promise,
    snapshot: () => snapshotOf(context),
    control: controlOf(context),
  };
}

function buildStages({ specs, resultsDir, memory }: EngineOptions): Map<string, Stage> {
  const stages = new Map<string, Stage>();
  for (const spec of specs) {
    const known = memory.get(spec.key) ?? emptyMemory();
    const stage: Stage = {
      spec,
      dir: stageDirOf(resultsDir, spec.key),
      dependents: [],
      memory: known,
      state: { kind: 'waiting' },
      missingInputs: 0,
      damagedAttempt: known.damagedAttempt,
      seenAttempt: 0,
      passedOver: 0,
      active: undefined,
    };
    stages.set(spec.key, stage);
    for (const key of spec.inputs) {
      const input = stages.get(key);
      if (!input) throw new Error(`Expected ${key}, which ${spec.key} reads, to come before it`);
      input.dependents.push(stage);
    }
  }
  return stages;
}

/** Stages that have finished since the start, and whose files are no longer as they left them. */
function changedSince(context: Context, known: ReadonlySet<Stage>): Stage[] {
  return [...context.stages.values()].filter((stage) => {
    const { succeeded } = stage.memory;
    if (stage.state.kind !== 'succeeded' || !succeeded || known.has(stage)) return false;
    return looksFinished(stage.dir, succeeded) !== true;
  });
}

/** Starts from what is there; returns the stages that are as they were left. */
function begin(context: Context): Set<Stage> {
  const withoutSeal: Stage[] = [];
  const finished = new Set<Stage>();
  for (const stage of context.stages.values()) {
    const { succeeded, failed } = stage.memory;
    const looks = succeeded && looksFinished(stage.dir, succeeded);
    if (looks) {
      move(stage, { kind: 'succeeded' });
      finished.add(stage);
      if (looks === 'no-seal') withoutSeal.push(stage);
    } else if (failed) {
      move(stage, { kind: 'failed', ...failed });
      context.onEvent({
        kind: 'failed',
        spec: stage.spec,
        failure: failed.failure,
        earlier: true,
      });
    }
  }
  for (const stage of context.stages.values()) {
    const inputs = stage.spec.inputs.map((key) => context.stages.get(key));
    stage.missingInputs = inputs.filter((input) => input?.state.kind !== 'succeeded').length;
  }
  for (const stage of context.stages.values()) {
    if (stage.state.kind === 'failed') block(context, stage);
  }
  const leftRunning = Map.groupBy(context.leases.list().filter(isUnattended), ({ stageDir }) => stageDir);
  for (const stage of context.stages.values()) {
    if (stage.state.kind !== 'waiting' || stage.missingInputs > 0) continue;
    // Counted before they are looked at, or the first look that ends would let the sweep go beyond its limit.
    const left = leftRunning.get(stage.dir);
    if (left)
      context.adopted.set(
        stage,
        left.map(({ device }) => device),
      );
    context.lookAt(stage);
  }
  for (const stage of withoutSeal) resetDamaged(context, stage, undefined, `${stage.dir} has lost its seal.json`);
  return finished;
}

function maxRunsPerDevice({ specs }: EngineOptions): number {
  return specs.reduce((most, spec) => Math.max(most, spec.runsPerGpu), 1);
}
