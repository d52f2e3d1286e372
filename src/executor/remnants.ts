import { setTimeout as sleep } from 'node:timers/promises';
import { processesOf } from '../store/marked-processes.ts';

/** Kills what still runs of an attempt whose supervisor is gone, and waits until it has ended. */
export async function killRemnants(attemptDir: string): Promise<void> {
  for (let remaining = processesOf(attemptDir); remaining.length > 0; remaining = processesOf(attemptDir)) {
    for (const pid of remaining) kill(pid);
    await sleep(10);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Ended meanwhile.
  }
}
