import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCode, readFileIfAny, removeFile, writeFileAtomic } from '../store/atomic-file.ts';
import { attemptState } from '../store/claim.ts';
import { livenessOf, ownIdentity } from '../store/identity.ts';
import { takeLock } from '../store/lock.ts';
import { type Orchestrator, openTurns, orchestratorSchema, type Wanted } from './turns.ts';

/** Part of a device that one attempt at a stage holds; seen by every sweep on this host. */
const leaseSchema = z.strictObject({
  schemaVersion: z.literal(1),
  device: z.string(),
  /** 1: the whole device; 1/n: one of n runs that share it. */
  share: z.number(),
  /** Of the device's memory, for this attempt; 0 on the CPU. */
  memoryMiB: z.number().default(0),
  orchestrator: orchestratorSchema,
  /** The attempt that it is for: while that lives the lease holds, whoever started it. */
  stageDir: z.string(),
  attempt: z.int(),
});
export type Lease = z.infer<typeof leaseSchema>;
export type HeldLease = Lease & { readonly path: string };

/** What leases hold of a device. */
export type Load = { readonly share: number; readonly memoryMiB: number; readonly runs: number };
/** Sees what is held of each device; answers with what to take of which, or undefined for none now. */
export type Choose = (
  loadOf: (device: string) => Load,
) => readonly { readonly device: string; readonly memoryMiB: number }[] | undefined;
export type LeaseRequest = {
  readonly share: number;
  readonly stageDir: string;
  readonly attempt: number;
};

export type LeaseTable = {
  /** Takes all chosen devices or none. `busy`: another process is at the table at this moment. */
  readonly take: (request: LeaseRequest, choose: Choose) => readonly HeldLease[] | 'none-free' | 'busy';
  readonly release: (leases: readonly HeldLease[]) => void;
  /** What was taken here and is not released yet: known without a look at the table. */
  readonly own: () => readonly HeldLease[];
  /** Live leases, of all sweeps. */
  readonly list: () => HeldLease[];
  /** Says, or says again, what this sweep waits for because others hold it; undefined: for nothing any more. */
  readonly wait: (wanted: Wanted | undefined) => void;
  /** Devices that are another sweep's turn by now, and whose, while these leases are held. */
  readonly turnsOfOthers: (held: readonly Lease[]) => ReadonlyMap<string, Orchestrator>;
};

/** In memory where there is such a folder: leases mean nothing after a reboot, and are taken for every attempt. */
export function defaultLeaseDir(env: NodeJS.ProcessEnv): string {
  return env.LAYERSWEEP_LEASE_DIR ?? join(existsSync(memoryDir) ? memoryDir : tmpdir(), 'layersweep-leases');
}

const memoryDir = '/dev/shm';

/** `sweep`: the name by which others are told who holds a device. */
export function openLeaseTable(dir: string, sweep?: string): LeaseTable {
  openToAll(dir);
  const orchestrator: Orchestrator = { ...ownIdentity(), ...(sweep === undefined ? {} : { sweep }) };
  const turns = openTurns(join(dir, 'waiting'), orchestrator);
  const own = new Set<HeldLease>();
  let counter = 0;

  /** Somebody may clean up where it lies: what is held here is said again. */
  function restore(): void {
    readableByAll(() => {
      openToAll(dir);
      for (const { path, ...lease } of own) writeFileAtomic(path, `${JSON.stringify(lease)}\n`);
    });
  }

  function list(): HeldLease[] {
    if (!existsSync(join(dir, 'held'))) restore();
    const held: HeldLease[] = [];
    for (const name of readdirSync(join(dir, 'held'))) {
      if (!name.endsWith('.json')) continue;
      const path = join(dir, 'held', name);
      const lease = readLease(path);
      if (!lease) continue;
      if (isLive(lease)) held.push({ ...lease, path });
      else removeFile(path);
    }
    return held;
  }

  function take(request: LeaseRequest, choose: Choose): readonly HeldLease[] | 'none-free' | 'busy' {
    return readableByAll(() => takeReadable(request, choose));
  }

  function takeReadable(request: LeaseRequest, choose: Choose): readonly HeldLease[] | 'none-free' | 'busy' {
    if (!existsSync(join(dir, 'held'))) restore();
    const attempt = takeLock(join(dir, 'table'), orchestrator);
    if ('heldBy' in attempt) return 'busy';
    try {
      const loadOf = loadsOf(list());
      const kept = turnsOfOthers(loadOf);
      const chosen = choose((device) => (kept.has(device) ? fullLoad : loadOf(device)));
      if (!chosen) return 'none-free';
      turns.taken();
      return chosen.map(({ device, memoryMiB }) => {
        counter += 1;
        const path = join(dir, 'held', `${orchestrator.pid}-${orchestrator.startTime}-${counter}.json`);
        const lease: Lease = {
          schemaVersion: 1,
          device,
          memoryMiB,
          orchestrator,
          ...request,
        };
        writeFileAtomic(path, `${JSON.stringify(lease)}\n`);
        const taken = { ...lease, path };
        own.add(taken);
        return taken;
      });
    } finally {
      attempt.lock.release();
    }
  }

  function turnsOfOthers(loadOf: (device: string) => Load): ReadonlyMap<string, Orchestrator> {
    return turns.ofOthers((device) => loadOf(device).share);
  }

  function release(leases: readonly HeldLease[]): void {
    for (const lease of leases) {
      own.delete(lease);
      removeFile(lease.path);
    }
  }

  function wait(wanted: Wanted | undefined): void {
    if (!wanted) {
      turns.stopWaiting();
      return;
    }
    readableByAll(() => {
      if (!existsSync(join(dir, 'waiting'))) openToAll(dir);
      turns.wait(wanted);
    });
  }

  return {
    take,
    release,
    own: () => [...own],
    list,
    wait,
    turnsOfOthers: (held) => turnsOfOthers(loadsOf(held)),
  };
}

/** Other users read these files, whatever this one's umask. Nothing else runs in between. */
function readableByAll<T>(write: () => T): T {
  const umask = process.umask(0o022);
  try {
    return write();
  } finally {
    process.umask(umask);
  }
}

/** Shared by the users of a machine, as the devices are: each removes what dead processes of the others left. */
function openToAll(dir: string): void {
  for (const path of [dir, ...['held', 'table', 'waiting'].map((name) => join(dir, name))]) {
    mkdirSync(path, { recursive: true });
    try {
      chmodSync(path, 0o777);
    } catch (error) {
      // Somebody else's, who has done it.
      if (errorCode(error) !== 'EPERM') throw error;
    }
  }
}

/** What these leases hold of each device. */
export function loadsOf(held: readonly Lease[]): (device: string) => Load {
  const loads = new Map<string, Load>();
  for (const { device, share, memoryMiB } of held) {
    const load = loads.get(device) ?? noLoad;
    loads.set(device, { share: load.share + share, memoryMiB: load.memoryMiB + memoryMiB, runs: load.runs + 1 });
  }
  return (device) => loads.get(device) ?? noLoad;
}

const noLoad: Load = { share: 0, memoryMiB: 0, runs: 0 };
/** What is kept for another sweep counts as taken. */
const fullLoad: Load = { share: 1, memoryMiB: 0, runs: 1 };

/** Before its stage has claimed, a lease lives with the orchestrator; from then on with the stage as well. */
function isLive(lease: Lease): boolean {
  if (livenessOf(lease.orchestrator) !== 'dead') return true;
  try {
    const state = attemptState(lease.stageDir, lease.attempt);
    return state.kind === 'live' || state.kind === 'elsewhere';
  } catch (error) {
    // In a folder that only another user may look into: that one's next sweep tells.
    if (errorCode(error) === 'EACCES') return true;
    throw error;
  }
}

function readLease(path: string): Lease | undefined {
  const text = readFileIfAny(path);
  if (text === undefined) return undefined;
  try {
    return leaseSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
