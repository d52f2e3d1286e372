import type { z } from 'zod';
import { readFileIfAny } from '../store/atomic-file.ts';
import { resultPathOf } from '../store/paths.ts';

/** What is wrong with a stage's result.json, if anything. */
export function checkResultFile(
  stageDir: string,
  key: string,
  schema: z.ZodType<{ readonly key: string }>,
): string | undefined {
  const path = resultPathOf(stageDir);
  const text = readFileIfAny(path);
  if (text === undefined) return `${path}: the stage ended well but left no result`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return `${path}: Expected JSON, found ${JSON.stringify(text.slice(0, 60))}`;
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return `${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`;
  }
  return parsed.data.key === key
    ? undefined
    : `${path}: Expected the result of ${key}, found that of ${parsed.data.key}`;
}
