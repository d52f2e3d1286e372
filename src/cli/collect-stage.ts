import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Choices } from '../leaderboard/records.ts';
import { errorCode } from '../store/atomic-file.ts';
import { attemptPaths, resultPathOf, stageDirOf } from '../store/paths.ts';
import { findDamage, readSeal } from '../store/seal.ts';
import { requestSchema, type StageRequest } from '../wire/request.ts';
import { resultSchema, type StageResult } from '../wire/result.ts';

/** A finished stage as read from its folder, or why it cannot be used; neither where it has no result yet. */
export type ReadStage =
  | {
      readonly kind: 'finished';
      readonly dir: string;
      readonly result: StageResult;
      readonly request: StageRequest | null;
    }
  | { readonly kind: 'unusable'; readonly reason: string }
  | { readonly kind: 'unfinished' };

export async function readStage(resultsDir: string, key: string): Promise<ReadStage> {
  const dir = stageDirOf(resultsDir, key);
  const path = resultPathOf(dir);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return { kind: 'unfinished' };
    return { kind: 'unusable', reason: `${path} cannot be read (${errorCode(error)})` };
  }
  const seal = readSeal(dir);
  const damage = seal === undefined ? undefined : await findDamage(dir, seal, 'quick');
  if (damage !== undefined) return { kind: 'unusable', reason: `changed since it was recorded: ${damage}` };
  const parsed = resultSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return {
      kind: 'unusable',
      reason: `${path} is no result: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`,
    };
  }
  if (parsed.data.key !== key) return { kind: 'unusable', reason: `${path} belongs to ${parsed.data.key}` };
  return { kind: 'finished', dir, result: parsed.data, request: readRequest(dir) };
}

const choicesSchema = z.object({
  steps: z.array(z.int()),
  drawnLayers: z.array(z.array(z.int())),
  alignments: z.array(z.array(z.int())),
});

/** What a prune stage chose, from the file that its result names: one JSON object, or one a line; null where there is none. */
export function readChoices(dir: string, file: string | null): Choices | null {
  if (file === null || statSync(join(dir, file), { throwIfNoEntry: false }) === undefined) return null;
  const steps: number[] = [];
  const drawnLayers: number[][] = [];
  const alignments: number[][] = [];
  for (const line of readFileSync(join(dir, file), 'utf8').split('\n')) {
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

export function hasProbes(dir: string): boolean {
  return existsSync(join(dir, 'probes'));
}

function readRequest(dir: string): StageRequest | null {
  try {
    const parsed = requestSchema.safeParse(parseJson(readFileSync(attemptPaths(dir, 1).request, 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
