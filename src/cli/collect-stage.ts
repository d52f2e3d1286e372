import { hash } from 'node:crypto';
import { existsSync, readFileSync, type Stats, statSync } from 'node:fs';
import type { Choices } from '../leaderboard/records.ts';
import { errorCode } from '../store/atomic-file.ts';
import { isAsRecorded, type ResultRecord } from '../store/finished.ts';
import { parseJson } from '../store/parse-json.ts';
import { attemptDirOf, attemptPaths, resultPathOf, stageDirOf } from '../store/paths.ts';
import { findDamage, readSeal } from '../store/seal.ts';
import { compiledWhenUsed } from '../wire/compiled.ts';
import { requestSchema, type StageRequest } from '../wire/request.ts';
import { type EvaluateResult, resultSchema, type StageResult } from '../wire/result.ts';
import { readChoices } from './collect-choices.ts';

export type FinishedStage = {
  readonly kind: 'finished';
  readonly dir: string;
  readonly result: StageResult;
  readonly choices: Choices | null;
  /** What is damaged beside the result, which is used all the same. */
  readonly problems: readonly string[];
  /** How much more its last attempt accumulated than its first one: 1 unless memory ran out. */
  readonly accumulationFactor: number;
};

/** A stage as read from its folder, or why it cannot be used; neither where it has no result yet. */
export type ReadStage =
  | FinishedStage
  | { readonly kind: 'unusable'; readonly reason: string }
  | { readonly kind: 'unfinished' };

/** Read before, and good as long as the result file is the same: a leaderboard that follows a sweep reads each stage once. */
const known = new Map<string, { readonly stamp: string; readonly stage: ReadStage }>();

/** `record`: what the sweep's journal has of the result; where it is still as that, checksums need no look. */
export async function readStage(resultsDir: string, key: string, record?: ResultRecord): Promise<ReadStage> {
  const dir = stageDirOf(resultsDir, key);
  const path = resultPathOf(dir);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return { kind: 'unfinished' };
  const stamp = stampOf(stat);
  const earlier = known.get(dir);
  if (earlier?.stamp === stamp) return earlier.stage;
  const isTrusted = record !== undefined && isAsRecorded(stat, record);
  const stage = await readFinished(dir, key, isTrusted ? undefined : (text) => changeOf(dir, text, record)).catch(
    (error) => unreadable(dir, error),
  );
  known.set(dir, { stamp, stage });
  return stage;
}

/** What was changed since a stage was sealed; where the seal is lost, since the journal recorded its result. */
async function changeOf(dir: string, text: string, record: ResultRecord | undefined): Promise<string | undefined> {
  const seal = readSeal(dir);
  if (seal) return findDamage(dir, seal, 'numbers');
  if (record === undefined || hash('sha256', text) === record.resultSha256) return undefined;
  return `${resultPathOf(dir)}: its checksum is not the recorded one`;
}

/** Files of another user, or folders in the place of files, lose their own stage only. */
function unreadable(dir: string, error: unknown): ReadStage {
  const code = errorCode(error);
  if (code === undefined) throw error;
  return { kind: 'unusable', reason: `a file of ${dir} cannot be read (${code})` };
}

export function hasProbes({ result }: FinishedStage): boolean {
  return result.stage === 'prune' && result.probes.length > 0;
}

const resultReader = compiledWhenUsed(resultSchema);

async function readFinished(
  dir: string,
  key: string,
  findChange: ((text: string) => Promise<string | undefined>) | undefined,
): Promise<ReadStage> {
  const path = resultPathOf(dir);
  const text = readFileSync(path, 'utf8');
  const damage = await findChange?.(text);
  if (damage !== undefined) return { kind: 'unusable', reason: `changed since it was recorded: ${damage}` };
  const json = parseJson(text);
  if (json === undefined) return { kind: 'unusable', reason: `${path} is not whole JSON` };
  const parsed = resultReader().safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return {
      kind: 'unusable',
      reason: `${path} is no result: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`,
    };
  }
  const result = parsed.data;
  if (result.key !== key) return { kind: 'unusable', reason: `${path} belongs to ${result.key}` };
  const wrong = result.stage === 'evaluate' ? wrongScore(result) : null;
  if (wrong !== null) return { kind: 'unusable', reason: `${path}: ${wrong}` };
  const { choices, problem } = readChoices(dir, result.stage === 'prune' ? result.choices : null);
  return {
    kind: 'finished',
    dir,
    result,
    choices,
    problems: problem === null ? [] : [problem],
    accumulationFactor: isTraining(result) ? accumulationFactorOf(dir) : 1,
  };
}

function wrongScore({ metrics, primaryMetric }: EvaluateResult): string | null {
  const score = metrics[primaryMetric];
  if (score !== undefined && Math.abs(score) <= 1) return null;
  return `expected a score of -1 to 1 as its primary metric \`${primaryMetric}\`, found ${score ?? 'none'}`;
}

function isTraining({ stage }: StageResult): boolean {
  return stage !== 'evaluate' && stage !== 'importance';
}

function accumulationFactorOf(dir: string): number {
  // Most stages need one attempt only, and tables read thousands.
  if (!existsSync(attemptDirOf(dir, 2))) return 1;
  const [first, last] = [1, readSeal(dir)?.attempt ?? 1].map((attempt) => accumulationSteps(readRequest(dir, attempt)));
  return first && last ? last / first : 1;
}

function accumulationSteps(request: StageRequest | null): number | undefined {
  return request && 'training' in request.config ? request.config.training.accumulationSteps : undefined;
}

const requestReader = compiledWhenUsed(requestSchema);

/** What a stage was asked for; null where that cannot be read. */
export function readRequest(dir: string, attempt = 1): StageRequest | null {
  try {
    const parsed = requestReader().safeParse(parseJson(readFileSync(attemptPaths(dir, attempt).request, 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function stampOf({ size, mtimeMs, ino }: Stats): string {
  return `${size} ${mtimeMs} ${ino}`;
}
