import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { attemptState, readClaim } from '../store/claim.ts';
import { markedProcesses, processesOf } from '../store/marked-processes.ts';

/** Kills what still runs of an attempt whose supervisor is gone, and waits until it has ended. */
export async function killRemnants(attemptDir: string): Promise<void> {
  const supervisor = readClaim(stageDirOfAttempt(attemptDir), attemptOf(attemptDir));
  const remnants = () => processesOf(attemptDir, supervisor);
  for (let remaining = remnants(); remaining.length > 0; remaining = remnants()) {
    for (const pid of remaining) kill(pid);
    await sleep(10);
  }
}

/** Kills what ended attempts at these stages left behind in sessions of their own, out of reach of their supervisors. */
export async function killStragglers(stageDirs: ReadonlySet<string>): Promise<void> {
  const attempts = new Set(
    markedProcesses()
      .map(({ attemptDir }) => attemptDir)
      .filter((attemptDir) => stageDirs.has(stageDirOfAttempt(attemptDir)))
      .filter((attemptDir) => {
        const { kind } = attemptState(stageDirOfAttempt(attemptDir), attemptOf(attemptDir));
        return kind !== 'live' && kind !== 'elsewhere';
      }),
  );
  await Promise.all([...attempts].map(killRemnants));
}

function stageDirOfAttempt(attemptDir: string): string {
  return dirname(dirname(attemptDir));
}

function attemptOf(attemptDir: string): number {
  return Number(basename(attemptDir));
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Ended meanwhile.
  }
}
