import { readdirSync, readFileSync } from 'node:fs';
import { processStat } from './identity.ts';

/** Set for every process of an attempt, so that those who left its session are found too. */
export const attemptVariable = 'LAYERSWEEP_ATTEMPT';

export type MarkedProcess = { readonly pid: number; readonly attemptDir: string };

/** The processes of all attempts that run on this host, whoever is their parent. */
export function markedProcesses(): MarkedProcess[] {
  const found: MarkedProcess[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const pid = Number(name);
    const attemptDir = attemptDirOf(pid);
    if (attemptDir === undefined || pid === process.pid || processStat(pid) === undefined) continue;
    found.push({ pid, attemptDir });
  }
  return found;
}

/** The folder of the attempt that a process belongs to, if any. */
export function attemptDirOf(pid: number): string | undefined {
  const mark = environmentOf(pid).find((entry) => entry.startsWith(`${attemptVariable}=`));
  return mark?.slice(attemptVariable.length + 1);
}

export function processesOf(attemptDir: string): number[] {
  return markedProcesses()
    .filter((found) => found.attemptDir === attemptDir)
    .map(({ pid }) => pid);
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    // Ended meanwhile, or another user's.
    return [];
  }
}
