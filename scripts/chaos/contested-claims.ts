import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readFileIfAny } from '../../src/store/atomic-file.ts';
import { thisPlace } from '../../src/store/identity.ts';
import { attemptPaths, claimsDirOf, stageDirOf } from '../../src/store/paths.ts';
import type { Scenario } from './scenarios.ts';

const supervisor = fileURLToPath(new URL('../../src/executor/supervisor.sh', import.meta.url));
const contenders = 12;
const claimedCode = 91;

/** Two sweeps seldom start a stage within the same millisecond; here many supervisors leave one gate together. */
export const contestedClaims: Scenario = async (resultsDir, random, size) => {
  const violations: string[] = [];
  for (let round = 0; round < size; round += 1) {
    const found = await contest(stageDirOf(resultsDir, `contested-${round}`), random.between(20, 100));
    if (found !== undefined) violations.push(`claim ${round}: ${found}`);
  }
  return { kills: 0, violations };
};

async function contest(stageDir: string, gatheringMs: number): Promise<string | undefined> {
  mkdirSync(claimsDirOf(stageDir), { recursive: true });
  mkdirSync(attemptPaths(stageDir, 1).dir, { recursive: true });
  const gate = join(stageDir, 'gate');
  const starts = join(stageDir, 'starts');
  execFileSync('mkfifo', [gate]);
  const place = JSON.stringify(thisPlace()).slice(1, -1);
  const stage = ['/bin/sh', '-c', 'echo $$ >>"$0"; sleep 0.05', starts];
  const supervisors = Array.from({ length: contenders }, () =>
    spawn('/bin/sh', ['-c', ': <"$0"; exec /bin/sh "$@"', gate, supervisor, stageDir, '1', place, '{}', ...stage], {
      detached: true,
      stdio: 'ignore',
    }),
  );
  const ended = Promise.all(supervisors.map((child) => once(child, 'exit') as Promise<[number | null]>));
  await sleep(gatheringMs);
  const opened = openSync(gate, 'r+');
  const refused = (await ended).filter(([code]) => code === claimedCode).length;
  closeSync(opened);
  const started = (readFileIfAny(starts) ?? '').split('\n').length - 1;
  if (started === 1 && refused === contenders - 1) return undefined;
  return `${started} of ${contenders} supervisors started the stage, ${refused} were refused`;
}
