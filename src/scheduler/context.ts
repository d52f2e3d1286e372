import type PQueue from 'p-queue';
import type { Device } from '../executor/devices.ts';
import type { HeldLease, LeaseTable } from '../executor/leases.ts';
import type { Journal } from '../store/journal.ts';
import type { Failure } from '../store/journal-events.ts';
import type { GpuMemory } from './gpu-memory.ts';
import type { StageMemory } from './memory.ts';
import type { Progress, ProgressWatch } from './progress.ts';
import type { ReadyQueue } from './ready-queue.ts';
import type { StageSpec } from './stage-spec.ts';
import { type StageState, type StateEvent, transition } from './state.ts';

export type Stage = {
  readonly spec: StageSpec;
  readonly dir: string;
  readonly dependents: Stage[];
  readonly memory: StageMemory;
  state: StageState;
  /** Inputs that have not succeeded yet. */
  missingInputs: number;
  /** Attempt whose result was found damaged: it does not count as finished. */
  damagedAttempt: number | undefined;
  /** The latest attempt, of whatever sweep, when it was found ready: 0 for none. */
  seenAttempt: number;
  /** How often a stage of later rank was started because this one did not fit. */
  passedOver: number;
  active: ActiveAttempt | undefined;
};

export type ActiveAttempt = {
  readonly attempt: number;
  readonly devices: readonly string[];
  readonly leases: readonly HeldLease[];
  /** Monotonic, so that a jump of the wall clock times nothing out. */
  readonly startedAtMs: number;
  readonly watch: ProgressWatch;
  lastSignMs: number;
  /** Why it is being ended, by whom. */
  ending: 'timeout' | 'no-heartbeat' | 'sweep-ended' | undefined;
  signalledAtMs: number | undefined;
  /** Of a followed one: stops the following, not the stage. */
  readonly abandon: AbortController;
};

/** Of an attempt that this orchestrator did not start: who looks after it now. */
export type Owner = 'another-sweep' | 'another-host' | 'nobody';

export type EngineEvent =
  | {
      readonly kind: 'started';
      readonly spec: StageSpec;
      readonly attempt: number;
      readonly devices: readonly string[];
    }
  | {
      readonly kind: 'followed';
      readonly spec: StageSpec;
      readonly attempt: number;
      readonly owner: Owner;
      readonly host: string | undefined;
    }
  | {
      readonly kind: 'succeeded';
      readonly spec: StageSpec;
      readonly seconds: number;
      readonly cached: boolean;
    }
  | {
      readonly kind: 'attempt-failed';
      readonly spec: StageSpec;
      readonly failure: Failure;
      readonly retryInMs: number;
    }
  | {
      readonly kind: 'failed';
      readonly spec: StageSpec;
      readonly failure: Failure;
      readonly earlier: boolean;
    }
  /** Other sweeps hold what it could start on; said once of each cause. */
  | { readonly kind: 'device-wait'; readonly spec: StageSpec; readonly waitsFor: string }
  /** So many stages cannot run, because they need one that failed. */
  | { readonly kind: 'blocked'; readonly count: number; readonly by: string }
  | {
      readonly kind: 'progress';
      readonly spec: StageSpec;
      readonly progress: Progress;
    }
  | { readonly kind: 'notice'; readonly message: string };

export type EngineOptions = {
  /** Inputs before the stages that read them. */
  readonly specs: readonly StageSpec[];
  readonly resultsDir: string;
  readonly journal: Journal;
  readonly memory: ReadonlyMap<string, StageMemory>;
  readonly devices: readonly Device[];
  /** At most so many of them at once; default: all. */
  readonly slots?: number | undefined;
  readonly leases: LeaseTable;
  readonly gpuMemory: GpuMemory;
  /** Values that are masked in logs and messages. */
  readonly secrets: readonly string[];
  /** Kept beside every attempt. */
  readonly provenance: object;
  readonly onEvent: (event: EngineEvent) => void;
};

export type Context = Omit<EngineOptions, 'devices' | 'slots'> & {
  /** Grows where `slots` asks for more of a CPU. */
  readonly devices: Device[];
  readonly provenanceText: string;
  readonly stages: ReadonlyMap<string, Stage>;
  readonly ready: ReadyQueue;
  readonly queue: PQueue;
  readonly startedMs: number;
  readonly failures: { kind: Failure['kind']; atMs: number }[];
  /** Why no more stages are started, if so. */
  stopReason: string | undefined;
  ending: 'SIGTERM' | 'SIGKILL' | undefined;
  detached: boolean;
  paused: boolean;
  drained: Set<string>;
  /** At most so many of the devices are used at once. */
  slots: number;
  /** The devices of attempts that an earlier run of this sweep started and nobody else looks after. */
  readonly adopted: Map<Stage, readonly string[]>;
  /** The large stage for which these devices are kept free. */
  reservation: { readonly stage: Stage; readonly devices: ReadonlySet<string> } | undefined;
  /** Which other sweeps were said to be in the way. */
  readonly saidWaits: Set<string>;
  /** Looks in progress, after which a stage may turn out to be ready. */
  pendingLooks: number;
  /** Starts what can be started; ends the sweep where nothing is left to do. */
  readonly pump: () => void;
  /** Finds out how a stage stands whose inputs are there, then pumps. */
  readonly lookAt: (stage: Stage) => void;
  readonly later: (delayMs: number, action: () => void) => void;
  /** Pumps after a while, because others may have freed a device. */
  readonly pumpLater: (delayMs: number) => void;
  /** Starts nothing more; what runs is finished. */
  readonly stop: (reason: string) => void;
};

export function move(stage: Stage, event: StateEvent): void {
  stage.state = transition(stage.state, event);
}
