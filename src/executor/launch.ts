import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { type AttemptState, attemptState, highestClaim, readClaim } from '../store/claim.ts';
import { thisPlace } from '../store/identity.ts';
import { attemptVariable } from '../store/marked-processes.ts';
import { attemptPaths, claimsDirOf } from '../store/paths.ts';
import { secretsVariable } from './masked-lines.ts';

export type StageLaunch = {
  readonly stageDir: string;
  readonly attempt: number;
  readonly request: string;
  /** Text of the attempt's provenance.json. */
  readonly provenance: string;
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment of the stage. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Values that must not reach its logs. */
  readonly secrets: readonly string[];
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
const maskedProgramPath = fileURLToPath(new URL('masked-program.ts', import.meta.url));
const claimedCode = 91;
const nothingWrittenCode = 92;
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
    const paths = attemptPaths(launch.stageDir, launch.attempt);
    mkdirSync(paths.dir, { recursive: true });
    writeFileSync(paths.provenance, launch.provenance);
  } catch (error) {
    return couldNotStart(error);
  }
  const supervisor = execa('/bin/sh', supervisorArguments(launch), {
    cwd: launch.cwd,
    env: {
      ...launch.env,
      ...(launch.secrets.length > 0 ? { [secretsVariable]: JSON.stringify(launch.secrets) } : {}),
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
  if (result.exitCode === undefined && result.signal === undefined) return couldNotStart(result.cause);
  if (result.exitCode === nothingWrittenCode) return whyNothingWritten(launch);
  return endOf(launch, supervisor.pid);
}

function endOf({ stageDir, attempt }: StageLaunch, supervisorPid: number | undefined): AttemptEnd {
  const claim = readClaim(stageDir, attempt);
  if (claim === undefined && highestClaim(stageDir) < attempt) {
    return { kind: 'could-not-start', code: undefined, message: 'its supervisor was killed before it could claim it' };
  }
  // Never take another's attempt for one of ours that died: it would be ended.
  if (claim?.pid !== supervisorPid) return { kind: 'claimed' };
  const state = attemptState(stageDir, attempt);
  return state.kind === 'exited' ? state : { kind: 'killed', attempt, supervisor: claim };
}

function supervisorArguments(launch: StageLaunch): string[] {
  const place = JSON.stringify(thisPlace()).slice(1, -1);
  return [supervisorPath, launch.stageDir, String(launch.attempt), place, launch.request, ...programOf(launch)];
}

/** Only where there is something to be kept: a process between a stage and its logs costs as much as a small stage. */
function programOf({ file, args, secrets }: StageLaunch): string[] {
  const program = [file, ...args];
  if (secrets.length === 0) return program;
  return [process.execPath, '--disable-warning=ExperimentalWarning', maskedProgramPath, ...program];
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
      message: 'its supervisor could not write its claim',
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
