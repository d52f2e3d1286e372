import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { type AttemptState, attemptState } from '../store/claim.ts';
import { thisPlace } from '../store/identity.ts';
import { attemptPaths, claimsDirOf } from '../store/paths.ts';
import { attemptVariable } from './remnants.ts';

export type StageLaunch = {
  readonly stageDir: string;
  readonly attempt: number;
  readonly request: string;
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment of the stage. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
};

/** `claimed`: another orchestrator took this attempt first. */
export type AttemptEnd =
  | Extract<AttemptState, { kind: 'exited' | 'killed' }>
  | { readonly kind: 'claimed' }
  | {
      readonly kind: 'could-not-start';
      readonly message: string;
      readonly code: string | undefined;
    };

const supervisorPath = fileURLToPath(new URL('supervisor.sh', import.meta.url));
const claimedCode = 91;
/** The kernel's limit on one argument is 128 KiB. */
const requestLimitBytes = 120_000;

/** Starts an attempt under its supervisor, which outlives this process, and resolves when it has ended. */
export async function launchStage(launch: StageLaunch): Promise<AttemptEnd> {
  if (Buffer.byteLength(launch.request) > requestLimitBytes) {
    return {
      kind: 'could-not-start',
      code: 'E2BIG',
      message: `its request is longer than ${requestLimitBytes} bytes`,
    };
  }
  try {
    mkdirSync(claimsDirOf(launch.stageDir), { recursive: true });
    mkdirSync(attemptPaths(launch.stageDir, launch.attempt).dir, {
      recursive: true,
    });
  } catch (error) {
    return couldNotStart(error);
  }
  const supervisor = execa('/bin/sh', supervisorArguments(launch), {
    cwd: launch.cwd,
    env: {
      ...launch.env,
      [attemptVariable]: attemptPaths(launch.stageDir, launch.attempt).dir,
    },
    extendEnv: false,
    detached: true,
    cleanup: false,
    stdio: 'ignore',
    buffer: false,
    reject: false,
  });
  // Whoever waits for it keeps this process alive; a child must not, once it is left to itself.
  supervisor.nodeChildProcess.unref();
  const result = await supervisor;
  if (result.exitCode === claimedCode) return { kind: 'claimed' };
  const state = attemptState(launch.stageDir, launch.attempt);
  if (state.kind !== 'exited' && state.kind !== 'killed') {
    throw new Error(`Expected attempt ${launch.attempt} of ${launch.stageDir} to have ended, found it ${state.kind}`);
  }
  if (state.kind === 'killed' && !state.supervisor) {
    return result.exitCode === undefined && result.signal === undefined
      ? couldNotStart(result.cause)
      : whyNothingWritten(launch);
  }
  if (state.kind === 'killed') return state;
  removeClaimCopy(launch, supervisor.pid);
  return state;
}

function supervisorArguments(launch: StageLaunch): string[] {
  const place = JSON.stringify(thisPlace()).slice(1, -1);
  return [supervisorPath, launch.stageDir, String(launch.attempt), place, launch.request, launch.file, ...launch.args];
}

/** The supervisor claims by a second link to a file of its own, which is of no more use. */
function removeClaimCopy(launch: StageLaunch, pid: number | undefined): void {
  rmSync(join(claimsDirOf(launch.stageDir), `claim-${launch.attempt}.json.${pid}`), { force: true });
}

/** A supervisor that could not claim says only that: trying the same here tells why. */
function whyNothingWritten(launch: StageLaunch): AttemptEnd {
  const path = join(claimsDirOf(launch.stageDir), `probe-${process.pid}.tmp`);
  try {
    writeFileSync(path, ' '.repeat(4096));
    rmSync(path);
    return {
      kind: 'could-not-start',
      code: undefined,
      message: 'its supervisor was killed before it could claim the stage',
    };
  } catch (error) {
    return couldNotStart(error);
  }
}

function couldNotStart(error: unknown): AttemptEnd {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  return {
    kind: 'could-not-start',
    code,
    message: error instanceof Error ? error.message : String(error),
  };
}
