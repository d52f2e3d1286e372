import { existsSync, readFileSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Choices } from '../leaderboard/records.ts';
import { errorCode, readFileIfAny } from '../store/atomic-file.ts';
import { isAsRecorded, type ResultRecord } from '../store/finished.ts';
import { attemptDirOf, attemptPaths, resultPathOf, stageDirOf } from '../store/paths.ts';
import { findDamage, readSeal } from '../store/seal.ts';
import { compiledWhenUsed } from '../wire/compiled.ts';
import { requestSchema, type StageRequest } from '../wire/request.ts';
import { resultSchema, type StageResult } from '../wire/result.ts';

export type FinishedStage = {
  readonly kind: 'finished';
  readonly dir: string;
  readonly result: StageResult;
  readonly choices: Choices | null;
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
  const stage = await readFinished(dir, path, key, record !== undefined && isAsRecorded(stat, record));
  known.set(dir, { stamp, stage });
  return stage;
}

export function hasProbes({ result }: FinishedStage): boolean {
  return result.stage === 'prune' && result.probes.length > 0;
}

const resultReader = compiledWhenUsed(resultSchema);

async function readFinished(dir: string, path: string, key: string, isTrusted: boolean): Promise<ReadStage> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return { kind: 'unusable', reason: `${path} cannot be read (${errorCode(error)})` };
  }
  const seal = isTrusted ? undefined : readSeal(dir);
  const damage = seal === undefined ? undefined : await findDamage(dir, seal, 'quick');
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
  return {
    kind: 'finished',
    dir,
    result,
    choices: result.stage === 'prune' ? readChoices(dir, result.choices) : null,
    accumulationFactor: isTraining(result) ? accumulationFactorOf(dir) : 1,
  };
}

const layerLists = z.custom<number[][]>((value) => isListOf(value, (row) => isListOf(row, Number.isInteger)));

/** Checked by hand, not by zod: long runs have millions of these numbers. */
const choicesSchema = z.object({
  steps: z.custom<number[]>((value) => isListOf(value, Number.isInteger)),
  drawnLayers: layerLists,
  alignments: layerLists,
});

/** What a prune stage chose, from the file that its result names, some steps a line; null where there is none. */
export function readChoices(dir: string, file: string | null): Choices | null {
  const text = file === null ? undefined : readFileIfAny(join(dir, file));
  if (text === undefined) return null;
  const steps: number[] = [];
  const drawnLayers: number[][] = [];
  const alignments: number[][] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const parsed = choicesSchema.safeParse(parseJson(line));
    if (!parsed.success) return null;
    steps.push(...parsed.data.steps);
    drawnLayers.push(...parsed.data.drawnLayers);
    alignments.push(...parsed.data.alignments);
  }
  const complete = steps.length === drawnLayers.length && steps.length === alignments.length;
  return complete ? { steps, drawnLayers, alignments } : null;
}

function isListOf(value: unknown, isEntry: (entry: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isEntry);
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
