import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Correctness } from '../leaderboard/questions/question.ts';
import type { StageMemory } from '../scheduler/memory.ts';
import { errorCode } from '../store/atomic-file.ts';
import { parseJson } from '../store/parse-json.ts';
import type { EvaluateResult } from '../wire/result.ts';
import { readStage } from './collect-stage.ts';

const idSchema = z.union([z.string(), z.number()]);
const classified = z.object({ id: idSchema, logits: z.array(z.number()).min(2), label: z.int() });
/** Of regression nothing is right or wrong. */
const regressed = z.object({ id: idSchema, logits: z.array(z.number()).length(1), label: z.number() });

type EvaluatedRun = { readonly id: string; readonly evaluateKey: string };

export type CollectedCorrectness = {
  /** By run id; runs that stored no predictions, or whose task is a regression, are left out. */
  readonly correctness: Map<string, Correctness>;
  /** Predictions that are damaged, one sentence each. */
  readonly leftOut: readonly string[];
};

/** Right and wrong examples of every run whose evaluation stored its predictions. */
export async function collectCorrectness(
  resultsDir: string,
  runs: readonly EvaluatedRun[],
  memory: ReadonlyMap<string, StageMemory>,
): Promise<CollectedCorrectness> {
  const correctness = new Map<string, Correctness>();
  const leftOut: string[] = [];
  for (const { id, evaluateKey } of runs) {
    const stage = await readStage(resultsDir, evaluateKey, memory.get(evaluateKey)?.succeeded);
    if (stage.kind !== 'finished' || stage.result.stage !== 'evaluate') continue;
    const read = readPredictions(join(stage.dir, stage.result.predictions), stage.result);
    if (typeof read === 'string') leftOut.push(`${read}: its run is in no test example by example`);
    else if (read) correctness.set(id, read);
  }
  return { correctness, leftOut };
}

/** Null for regression; a text that says what is wrong with a file that is none of what the result was made from. */
function readPredictions(path: string, { examples, metrics }: EvaluateResult): Correctness | null | string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return `${path} cannot be read (${errorCode(error)})`;
  }
  const ids: string[] = [];
  const correct: boolean[] = [];
  let ties = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const value = parseJson(line);
    const parsed = classified.safeParse(value);
    if (!parsed.success)
      return regressed.safeParse(value).success ? null : `${path}: line ${ids.length + 1} is no prediction`;
    const { id, logits, label } = parsed.data;
    const best = Math.max(...logits);
    ids.push(String(id));
    correct.push(logits.indexOf(best) === label);
    if (logits.indexOf(best) !== logits.lastIndexOf(best)) ties++;
  }
  if (ids.length !== examples) return `${path}: expected ${examples} predictions, found ${ids.length}`;
  const right = correct.filter((isRight) => isRight).length;
  // Of a task with two reporting sets each has its own accuracy. Among equal logits torch may have taken another one.
  const isOneSet = Object.keys(metrics).filter((name) => name.startsWith('accuracy')).length === 1;
  const { accuracy } = metrics;
  if (isOneSet && accuracy !== undefined && Math.abs(right - accuracy * examples) > ties + 0.5)
    return `${path}: does not fit the accuracy of its result`;
  return { ids, correct };
}
