import { statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { lastLines } from '../executor/tail.ts';
import { readFileIfAny, writeFileAtomic } from '../store/atomic-file.ts';
import { attemptPaths, resultPathOf } from '../store/paths.ts';

/** result.json of a run of a user's program. */
export const commandResultSchema = z.strictObject({
  schemaVersion: z.literal(1),
  key: z.string(),
  stage: z.literal('command'),
  attempt: z.int(),
  metrics: z.record(z.string(), z.number()),
});

type ScoreSource = { readonly key: string; readonly metric: string; readonly resultFile: string };

/** W&B's summary at the end of a run: `wandb:     accuracy 0.91`. */
const summaryLine = /^wandb:\s+([^\s:]\S*)\s+(-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*$/;
const summaryLines = 200;

/**
 * Makes result.json of what a program left: the numbers in its JSON file, or its last output lines. Returns what is
 * wrong, if anything.
 */
export function collectScore(stageDir: string, attempt: number, source: ScoreSource): string | undefined {
  const earlier = readCommandResult(stageDir);
  if (earlier?.key === source.key && earlier.attempt === attempt) return undefined;
  const numbers = numbersInFile(join(stageDir, source.resultFile));
  if (typeof numbers === 'string') return numbers;
  const told = numbersInLog(attemptPaths(stageDir, attempt).stdout);
  const isOlder = told[source.metric] !== undefined && isOfEarlierAttempt(stageDir, attempt, source.resultFile);
  const metrics = isOlder ? told : (numbers ?? told);
  if (metrics[source.metric] === undefined) return missing(stageDir, source, Object.keys(metrics));
  const result = { schemaVersion: 1, key: source.key, stage: 'command', attempt, metrics };
  writeFileAtomic(resultPathOf(stageDir), `${JSON.stringify(result)}\n`);
  return undefined;
}

/** What an attempt left that was ended says nothing of the one that was started again, where that one says it itself. */
function isOfEarlierAttempt(stageDir: string, attempt: number, file: string): boolean {
  const written = statSync(join(stageDir, file), { throwIfNoEntry: false });
  const started = statSync(attemptPaths(stageDir, attempt).request, { throwIfNoEntry: false });
  return written !== undefined && started !== undefined && written.mtimeMs < started.mtimeMs;
}

function missing(stageDir: string, { metric, resultFile }: ScoreSource, found: readonly string[]): string {
  const other = found.length === 0 ? 'no numbers' : found.join(', ');
  return `Expected the metric \`${metric}\` in ${join(stageDir, resultFile)}, or as a last output line \`wandb: ${metric} VALUE\`; found ${other}`;
}

/** What a finished run of a user's program came to; undefined where there is none, or no sound one. */
export function readCommandResult(stageDir: string): z.infer<typeof commandResultSchema> | undefined {
  const parsed = commandResultSchema.safeParse(parseJson(readFileIfAny(resultPathOf(stageDir)) ?? ''));
  return parsed.success ? parsed.data : undefined;
}

/** The numbers of a JSON object; what is wrong with it; undefined where there is no file. */
function numbersInFile(path: string): Record<string, number> | string | undefined {
  const text = readFileIfAny(path);
  if (text === undefined) return undefined;
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return `${path}: Expected a JSON object of numbers, found ${JSON.stringify(text.slice(0, 60))}`;
  }
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}

function numbersInLog(path: string): Record<string, number> {
  const numbers: Record<string, number> = {};
  for (const line of lastLines(path, summaryLines)) {
    const [, name, value] = summaryLine.exec(line) ?? [];
    if (name !== undefined && value !== undefined) numbers[name] = Number(value);
  }
  return numbers;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
