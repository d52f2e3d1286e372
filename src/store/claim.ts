import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCode, readFileIfAny, writeFileAtomic } from './atomic-file.ts';
import { type Identity, identitySchema, livenessOf } from './identity.ts';
import { processesOf } from './marked-processes.ts';
import { attemptPaths, claimsDirOf } from './paths.ts';

/** Written by the supervisor of an attempt, exclusively, before it starts the stage; never deleted. */
export const claimSchema = identitySchema.extend({
  schemaVersion: z.literal(1),
});
/** Written by the supervisor when the stage ended. 128 + n: ended by signal n. */
export const exitSchema = z.strictObject({
  schemaVersion: z.literal(1),
  code: z.int().min(0).max(255),
});

/** What the last attempt at a stage is doing, or how it ended. `killed`: the supervisor died without a word. */
export type AttemptState =
  | { readonly kind: 'none' }
  /** Without a supervisor yet: it is just writing its claim. */
  | {
      readonly kind: 'live';
      readonly attempt: number;
      readonly supervisor: Identity | undefined;
    }
  | {
      readonly kind: 'elsewhere';
      readonly attempt: number;
      readonly supervisor: Identity;
    }
  | { readonly kind: 'exited'; readonly attempt: number; readonly code: number }
  | {
      readonly kind: 'killed';
      readonly attempt: number;
      readonly supervisor: Identity | undefined;
    };

export function lastAttempt(stageDir: string): AttemptState {
  const attempt = highestClaim(stageDir);
  return attempt === 0 ? { kind: 'none' } : attemptState(stageDir, attempt);
}

export function attemptState(stageDir: string, attempt: number): AttemptState {
  const exit = readExit(stageDir, attempt);
  if (exit !== undefined) return { kind: 'exited', attempt, code: exit };
  const supervisor = readClaim(stageDir, attempt);
  if (!supervisor) return { kind: isBeingClaimed(stageDir, attempt) ? 'live' : 'killed', attempt, supervisor };
  const liveness = livenessOf(supervisor);
  if (liveness === 'alive') return { kind: 'live', attempt, supervisor };
  // It may have written its exit between the two looks.
  const lateExit = readExit(stageDir, attempt);
  if (lateExit !== undefined) return { kind: 'exited', attempt, code: lateExit };
  return liveness === 'elsewhere'
    ? { kind: 'elsewhere', attempt, supervisor }
    : { kind: 'killed', attempt, supervisor };
}

/** What a network file system may take to show a claim's text after its name. */
const claimingMs = 5000;

/** A claim is empty for the moment between its creation and its text; for ever where its supervisor was killed then. */
function isBeingClaimed(stageDir: string, attempt: number): boolean {
  const createdMs = modifiedMs(claimPath(stageDir, attempt));
  if (createdMs === undefined) return false;
  return Math.abs(Date.now() - createdMs) < claimingMs || processesOf(attemptPaths(stageDir, attempt).dir).length > 0;
}

/** Number of the latest claim, 0 without any. */
export function highestClaim(stageDir: string): number {
  let names: string[];
  try {
    names = readdirSync(claimsDirOf(stageDir));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0;
    throw error;
  }
  let highest = 0;
  for (const name of names) {
    const match = /^claim-(\d+)\.json$/.exec(name);
    if (match) highest = Math.max(highest, Number(match[1]));
  }
  return highest;
}

export function readClaim(stageDir: string, attempt: number): Identity | undefined {
  return parseFile(claimPath(stageDir, attempt), claimSchema);
}

/** How long an ended attempt took, by the times of its files; 0 where they do not tell. */
export function attemptSeconds(stageDir: string, attempt: number): number {
  const startedMs = modifiedMs(claimPath(stageDir, attempt));
  const endedMs =
    modifiedMs(attemptPaths(stageDir, attempt).exit) ?? modifiedMs(attemptPaths(stageDir, attempt).events);
  return startedMs === undefined || endedMs === undefined ? 0 : Math.max(0, endedMs - startedMs) / 1000;
}

/** Says of an attempt on a host that is gone that it was killed: nobody there can say it any more. */
export function declareKilled(stageDir: string, attempt: number): void {
  writeFileAtomic(attemptPaths(stageDir, attempt).exit, `{"schemaVersion":1,"code":${killedCode}}\n`);
}

/** 128 + SIGKILL. */
const killedCode = 137;

function claimPath(stageDir: string, attempt: number): string {
  return join(claimsDirOf(stageDir), `claim-${attempt}.json`);
}

function modifiedMs(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

function readExit(stageDir: string, attempt: number): number | undefined {
  return parseFile(attemptPaths(stageDir, attempt).exit, exitSchema)?.code;
}

function parseFile<T>(path: string, schema: z.ZodType<T>): T | undefined {
  const text = readFileIfAny(path);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
