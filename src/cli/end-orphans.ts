import { setTimeout as sleep } from 'node:timers/promises';
import { signalAttempt } from '../executor/end.ts';
import { killRemnants } from '../executor/remnants.ts';
import { lastAttempt } from '../store/claim.ts';
import { attemptPaths, stageDirOf } from '../store/paths.ts';

const graceMs = 30_000;
const pollMs = 100;

export type EndedOrphans = {
  readonly ended: number;
  /** Left as they are: where their processes are, only a command there can see and end them. */
  readonly elsewhere: readonly { readonly key: string; readonly host: string }[];
};

/** Ends the stages of a sweep that run on without an orchestrator on this host. */
export async function endOrphans(
  resultsDir: string,
  stages: readonly { readonly key: string }[],
  signal: 'SIGTERM' | 'SIGKILL',
): Promise<EndedOrphans> {
  const ended = await Promise.all(stages.map(({ key }) => endOne(stageDirOf(resultsDir, key), signal)));
  const elsewhere = stages.flatMap(({ key }) => {
    const last = lastAttempt(stageDirOf(resultsDir, key));
    return last.kind === 'elsewhere' ? [{ key, host: last.supervisor.host }] : [];
  });
  return { ended: ended.filter(Boolean).length, elsewhere };
}

async function endOne(stageDir: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<boolean> {
  const last = lastAttempt(stageDir);
  if (last.kind !== 'live' || !signalAttempt(stageDir, last.attempt, signal)) return false;
  for (let waitedMs = 0; lastAttempt(stageDir).kind === 'live'; waitedMs += pollMs) {
    if (waitedMs >= graceMs) signalAttempt(stageDir, last.attempt, 'SIGKILL');
    await sleep(pollMs);
  }
  await killRemnants(attemptPaths(stageDir, last.attempt).dir);
  return true;
}
