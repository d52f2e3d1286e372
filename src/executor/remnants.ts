import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { processStat } from '../store/identity.ts';

/** Set for every process of an attempt, so that those who left its session are found too. */
export const attemptVariable = 'LAYERSWEEP_ATTEMPT';

/** Kills what still runs of an attempt whose supervisor is gone, and waits until it has ended. */
export async function killRemnants(attemptDir: string): Promise<number> {
  const found = remnantsOf(attemptDir);
  for (let remaining = found; remaining.length > 0; remaining = remnantsOf(attemptDir)) {
    for (const pid of remaining) kill(pid);
    await sleep(10);
  }
  return found.length;
}

function remnantsOf(attemptDir: string): number[] {
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

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Ended meanwhile.
  }
}
