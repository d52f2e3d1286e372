import { statfsSync } from 'node:fs';
import { constants } from 'node:os';
import type { Failure, FailureKind } from '../store/journal-events.ts';
import { attemptPaths } from '../store/paths.ts';
import { printable } from '../store/printable.ts';
import { exitCodes } from '../wire/event.ts';
import { lastFailedEvent } from './events.ts';
import type { AttemptEnd } from './launch.ts';
import { lastBytes, lastLines } from './tail.ts';

/** Texts by which allocators say that there was no memory; CUDA's reach the log though the exit code is a plain 1. */
const outOfMemoryTexts =
  /CUDA out of memory|OutOfMemoryError|CUBLAS_STATUS_ALLOC_FAILED|CUDNN_STATUS_ALLOC_FAILED|can't allocate memory|Cannot allocate memory|^MemoryError|std::bad_alloc/m;
const diskFullTexts = /No space left on device|Disk quota exceeded|ENOSPC|EDQUOT/;
const logBytes = 16_384;

/** Why an attempt that did not end well did not. `killedForMemory`: the kernel's OOM killer was at work meanwhile. */
export function failureOf(
  stageDir: string,
  attempt: number,
  end: Exclude<AttemptEnd, { kind: 'claimed' }>,
  killedForMemory: boolean,
): Failure {
  if (end.kind === 'could-not-start') {
    const kind = end.code === 'ENOSPC' || end.code === 'EDQUOT' ? 'disk-full' : 'could-not-start';
    return {
      kind,
      exitCode: null,
      message: `it could not be started: ${end.message}`,
    };
  }
  if (end.kind === 'killed') {
    return killedForMemory
      ? {
          kind: 'out-of-memory',
          exitCode: null,
          message: 'it was killed by the kernel, which was out of memory',
        }
      : {
          kind: 'killed',
          exitCode: null,
          message: 'it and its supervisor were killed',
        };
  }
  if (isDiskFullNow(stageDir))
    return { kind: 'disk-full', exitCode: end.code, message: `the disk of ${stageDir} is full` };
  const paths = attemptPaths(stageDir, attempt);
  const said = lastFailedEvent(paths.events)?.message ?? lastLines(paths.stderr, 1)[0] ?? lastLines(paths.stdout, 1)[0];
  // Some programs log what went wrong to standard output, and nothing else to standard error.
  const log = lastBytes(paths.stderr, logBytes) || lastBytes(paths.stdout, logBytes);
  const kind =
    killedForMemory && end.code === 128 + constants.signals.SIGKILL ? 'out-of-memory' : kindOf(end.code, log);
  return { kind, exitCode: end.code, message: messageOf(kind, end.code, printable(said ?? '')) };
}

/** Longer ones are in the log. */
const maxMessageLength = 500;

function messageOf(kind: FailureKind, code: number, said: string): string {
  if (kind === 'preempted') return 'it asked to be started again';
  const words = said.length > maxMessageLength ? `${said.slice(0, maxMessageLength)}…` : said;
  // What it said last has nothing to do with a signal, mostly.
  if (kind === 'signal') return `${codeText(code)}${words === '' ? '' : `; it said last: ${words}`}`;
  return words === '' ? `${codeText(code)}, without a word` : words;
}

const leastFreeBytes = 65_536;

/** A full disk keeps a stage from saying what was wrong. */
function isDiskFullNow(dir: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dir);
    return bavail * bsize < leastFreeBytes;
  } catch {
    return false;
  }
}

function kindOf(code: number, log: string): FailureKind {
  switch (code) {
    case exitCodes.badRequest:
      return 'bad-request';
    case exitCodes.outOfMemory:
      return 'out-of-memory';
    case exitCodes.nonFiniteLoss:
      return 'non-finite';
    case exitCodes.deviceLost:
      return 'device-lost';
    case exitCodes.diskFull:
      return 'disk-full';
    case exitCodes.restartMe:
      return 'preempted';
    case 126:
    case 127:
      return 'could-not-start';
    default:
      if (diskFullTexts.test(log)) return 'disk-full';
      if (outOfMemoryTexts.test(log)) return 'out-of-memory';
      return code > 128 ? 'signal' : 'exit';
  }
}

function codeText(code: number): string {
  const signal = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  return signal ? `ended by ${signal}` : `exit code ${code}`;
}
