import { readdirSync, readFileSync } from 'node:fs';
import { processStat } from './identity.ts';

/** Set for every process of an attempt, so that those who left its session are found too. */
export const attemptVariable = 'LAYERSWEEP_ATTEMPT';

/** The processes of an attempt that run on this host, whoever is their parent. */
export function processesOf(attemptDir: string): number[] {
  const marker = `${attemptVariable}=${attemptDir}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && environmentOf(pid).includes(marker) && processStat(pid) !== undefined);
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    // Ended meanwhile, or another user's.
    return [];
  }
}
