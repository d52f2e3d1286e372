import { readdirSync, readFileSync } from 'node:fs';
import { type Identity, processStat, thisPlace } from './identity.ts';

/** Set for every process of an attempt, so that those who left its session are found too. */
export const attemptVariable = 'LAYERSWEEP_ATTEMPT';

export type MarkedProcess = { readonly pid: number; readonly attemptDir: string };

/** The processes of all attempts that run on this host, whoever is their parent. */
export function markedProcesses(): MarkedProcess[] {
  return pidsHere().flatMap((pid) => {
    const attemptDir = markIn(environmentOf(pid));
    return attemptDir !== undefined && isOther(pid) ? [{ pid, attemptDir }] : [];
  });
}

/**
 * The processes of one attempt. One that is just becoming another program, or has cleared its environment, shows no
 * mark: it is known by the session of the attempt's supervisor.
 */
export function processesOf(attemptDir: string, supervisor?: Identity): number[] {
  const session = supervisor && sessionOf(supervisor);
  return pidsHere().filter((pid) => {
    // Looked at once: between two looks it may have become the other program.
    const environment = environmentOf(pid);
    const isOurs =
      environment === ''
        ? session !== undefined && processStat(pid)?.session === session
        : markIn(environment) === attemptDir;
    return isOurs && isOther(pid);
  });
}

/** The folder of the attempt that a process belongs to, if any. */
export function attemptDirOf(pid: number): string | undefined {
  return markIn(environmentOf(pid));
}

/**
 * The kernel gives the number of a session to no other process while it has members, so a leader that started at
 * another time says that there are none left.
 */
function sessionOf({ pid, startTime, bootId, pidNamespace }: Identity): number | undefined {
  const here = thisPlace();
  const leader = processStat(pid);
  const isGone = leader !== undefined && leader.startTime !== startTime;
  return bootId === here.bootId && pidNamespace === here.pidNamespace && !isGone ? pid : undefined;
}

function markIn(environment: string): string | undefined {
  const mark = environment.split('\0').find((entry) => entry.startsWith(`${attemptVariable}=`));
  return mark?.slice(attemptVariable.length + 1);
}

function isOther(pid: number): boolean {
  return pid !== process.pid && processStat(pid) !== undefined;
}

function pidsHere(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    // Ended meanwhile, or another user's.
    return '';
  }
}
