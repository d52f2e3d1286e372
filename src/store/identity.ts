import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import { readFileIfAny } from './atomic-file.ts';

/** Where a process runs: pids mean something only on the same boot, in the same pid namespace. */
export const placeSchema = z.object({
  host: z.string(),
  bootId: z.string(),
  pidNamespace: z.string(),
});
export const identitySchema = placeSchema.extend({
  pid: z.int().min(1),
  /** Clock ticks from boot to the process's start: tells it from a later process with the same pid. */
  startTime: z.string(),
});

export type Place = z.infer<typeof placeSchema>;
export type Identity = z.infer<typeof identitySchema>;

/** `elsewhere`: on another host or in another container, so that nobody here can tell. */
export type Liveness = 'alive' | 'dead' | 'elsewhere';

export function livenessOf(identity: Identity): Liveness {
  const here = thisPlace();
  if (identity.host === here.host && identity.bootId !== here.bootId) return 'dead';
  if (identity.bootId !== here.bootId || identity.pidNamespace !== here.pidNamespace) return 'elsewhere';
  if (identity.pid === process.pid) return identity.startTime === ownStartTime() ? 'alive' : 'dead';
  return processStat(identity.pid)?.startTime === identity.startTime ? 'alive' : 'dead';
}

/** Equal pids alone say nothing: each container counts its own. */
export function isSame(one: Identity, other: Identity): boolean {
  return (
    one.pid === other.pid &&
    one.startTime === other.startTime &&
    one.pidNamespace === other.pidNamespace &&
    one.bootId === other.bootId
  );
}

export function ownIdentity(): Identity {
  return { ...thisPlace(), pid: process.pid, startTime: ownStartTime() };
}

// Asked for at every placement, where a look into /proc costs as much as the rest of it.
let startTime: string | undefined;
let place: Place | undefined;

function ownStartTime(): string {
  startTime ??= processStat(process.pid)?.startTime;
  if (startTime === undefined) throw new Error('Expected /proc to describe this process: layersweep needs Linux');
  return startTime;
}

export function thisPlace(): Place {
  place ??= {
    host: hostname(),
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    pidNamespace: readlinkSync('/proc/self/ns/pid'),
  };
  return place;
}

export type ProcessStat = {
  readonly state: string;
  readonly session: number;
  readonly startTime: string;
};

/** Of a live process; undefined for none and for a zombie, which has ended but for its parent's wait. */
export function processStat(pid: number): ProcessStat | undefined {
  const text = readStat(pid);
  if (text === undefined) return undefined;
  // The command's name stands in parentheses and may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, , , session] = fields;
  const startTime = fields[19];
  if (state === undefined || session === undefined || startTime === undefined || state === 'Z' || state === 'X') {
    return undefined;
  }
  return { state, session: Number(session), startTime };
}

function readStat(pid: number): string | undefined {
  try {
    return readFileIfAny(`/proc/${pid}/stat`);
  } catch {
    // ESRCH: it ended between open and read.
    return undefined;
  }
}
