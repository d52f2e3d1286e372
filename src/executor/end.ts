import { setTimeout as sleep } from 'node:timers/promises';
import { attemptState } from '../store/claim.ts';
import { attemptPaths } from '../store/paths.ts';
import type { AttemptEnd } from './launch.ts';
import { killRemnants } from './remnants.ts';

/** Signals an attempt's whole process group, after comparing who its supervisor is; false where it no longer lives. */
export function signalAttempt(stageDir: string, attempt: number, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  const state = attemptState(stageDir, attempt);
  if (state.kind !== 'live' || !state.supervisor) return false;
  try {
    process.kill(-state.supervisor.pid, signal);
    return true;
  } catch {
    // It ended between the two looks.
    return false;
  }
}

/** Waits for an attempt that another orchestrator, perhaps a dead one, started; rejects when aborted. */
export async function waitForAttempt(
  stageDir: string,
  attempt: number,
  options: { readonly signal?: AbortSignal; readonly pollMs?: number } = {},
): Promise<Extract<AttemptEnd, { kind: 'exited' | 'killed' }>> {
  for (;;) {
    const state = attemptState(stageDir, attempt);
    if (state.kind === 'exited') return state;
    if (state.kind === 'killed') {
      await killRemnants(attemptPaths(stageDir, attempt).dir);
      return state;
    }
    if (state.kind === 'none') throw new Error(`Expected attempt ${attempt} of ${stageDir} to have been claimed`);
    await sleep(options.pollMs ?? 250, undefined, { signal: options.signal });
  }
}
