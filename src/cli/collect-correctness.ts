import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Correctness } from '../leaderboard/questions/question.ts';
import type { StageMemory } from '../scheduler/memory.ts';
import { readStage } from './collect-stage.ts';

const lineSchema = z.object({
  id: z.union([z.string(), z.number()]),
  logits: z.array(z.number()).min(2),
  label: z.int(),
});

type EvaluatedRun = { readonly id: string; readonly evaluateKey: string };

/** Right and wrong examples of every run whose evaluation stored its predictions, by run id; runs without are left out. */
export async function collectCorrectness(
  resultsDir: string,
  runs: readonly EvaluatedRun[],
  memory: ReadonlyMap<string, StageMemory>,
): Promise<Map<string, Correctness>> {
  const found = new Map<string, Correctness>();
  for (const { id, evaluateKey } of runs) {
    const stage = await readStage(resultsDir, evaluateKey, memory.get(evaluateKey)?.succeeded);
    if (stage.kind !== 'finished' || stage.result.stage !== 'evaluate') continue;
    const correctness = readPredictions(join(stage.dir, stage.result.predictions));
    if (correctness) found.set(id, correctness);
  }
  return found;
}

/** Null for regression, a file that is missing, or one with a line that is no prediction. */
function readPredictions(path: string): Correctness | null {
  const ids: string[] = [];
  const correct: boolean[] = [];
  try {
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      if (line === '') continue;
      const { id, logits, label } = lineSchema.parse(JSON.parse(line));
      ids.push(String(id));
      correct.push(logits.indexOf(Math.max(...logits)) === label);
    }
  } catch {
    return null;
  }
  return { ids, correct };
}
