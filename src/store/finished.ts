import { existsSync, type Stats, statSync } from 'node:fs';
import { type AttemptState, lastAttempt } from './claim.ts';
import { resultPathOf } from './paths.ts';
import { findDamage, isAsSealed, readSeal, renewTimes, type Seal, sealStage } from './seal.ts';

export type FinishedState =
  | {
      readonly kind: 'finished';
      readonly attempt: number;
      readonly record: ResultRecord;
    }
  /** With the look at its last attempt that says so: a second look may find that it has ended well since. */
  | { readonly kind: 'unfinished'; readonly last: AttemptState }
  /** It had finished, and its files are no longer what was recorded. */
  | {
      readonly kind: 'damaged';
      readonly attempt: number;
      readonly message: string;
    };

/** What the journal keeps of a result, by which a later look tells cheaply that it is still the same. */
export type ResultRecord = {
  readonly resultSha256: string;
  readonly resultBytes: number;
  readonly resultModifiedMs: number;
};

/**
 * Whether a stage's last attempt has ended well and left what it should; seals it where nobody did yet.
 * `distrusted`: an attempt whose files were found damaged, so that they are not sealed anew where the seal is lost too.
 */
export async function finishedState(
  stageDir: string,
  check: (attempt: number) => string | undefined,
  distrusted?: number,
): Promise<FinishedState> {
  const last = lastAttempt(stageDir);
  if (last.kind !== 'exited' || last.code !== 0) return { kind: 'unfinished', last };
  const { attempt } = last;
  const earlier = readSeal(stageDir);
  if (earlier?.attempt === attempt) {
    const damage = await findDamage(stageDir, earlier, 'quick');
    if (damage !== undefined) return { kind: 'damaged', attempt, message: damage };
    const seal = isAsSealed(stageDir, earlier) ? earlier : renewTimes(stageDir, earlier);
    return { kind: 'finished', attempt, record: recordOf(stageDir, seal) };
  }
  if (attempt === distrusted) return { kind: 'damaged', attempt, message: `${stageDir} was found damaged before` };
  const wrong = check(attempt);
  if (wrong !== undefined) return { kind: 'damaged', attempt, message: wrong };
  return {
    kind: 'finished',
    attempt,
    record: recordOf(stageDir, await sealStage(stageDir, attempt)),
  };
}

/**
 * Quick look at what a stage left that the journal has: all of the same size and time of change. `no-seal`: a result
 * is there, and nothing tells any more whether it is the one, and what else should be.
 */
export function looksFinished(stageDir: string, record: ResultRecord): boolean | 'no-seal' {
  const seal = readSeal(stageDir);
  if (seal) return isUntouched(stageDir, record) && isAsSealed(stageDir, seal);
  return existsSync(resultPathOf(stageDir)) ? 'no-seal' : false;
}

/** The same of the result alone. */
export function isUntouched(stageDir: string, record: ResultRecord): boolean {
  const stat = statSync(resultPathOf(stageDir), { throwIfNoEntry: false });
  return stat !== undefined && isAsRecorded(stat, record);
}

/** The same, of a result that was looked at already. */
export function isAsRecorded({ size, mtimeMs }: Stats, { resultBytes, resultModifiedMs }: ResultRecord): boolean {
  return size === resultBytes && mtimeMs === resultModifiedMs;
}

function recordOf(stageDir: string, seal: Seal): ResultRecord {
  const stat = statSync(resultPathOf(stageDir));
  const file = seal.files['result.json'];
  if (!file) throw new Error(`Expected the seal of ${stageDir} to list result.json`);
  return {
    resultSha256: file.sha256,
    resultBytes: stat.size,
    resultModifiedMs: stat.mtimeMs,
  };
}
