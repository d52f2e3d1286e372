import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Matrix } from '../strategy/reference/index.ts';
import { TensorFileError } from './safetensors.ts';

/** What a run recorded of one step for later: all distances, and which sublayers were on. */
export type RecordedStep = {
  readonly step: number;
  /** [N, S]: mean squared errors over all tokens, between every teacher layer and every transformed student layer. */
  readonly distances: Matrix;
  /** [S] */
  readonly attentionOn: readonly boolean[];
  readonly feedForwardOn: readonly boolean[];
};

const bits = z
  .string()
  .regex(/^[01]+$/)
  .transform((text) => [...text].map((bit) => bit === '1'));

const lineSchema = z.strictObject({
  step: z.int().min(0),
  attentionOn: bits,
  feedForwardOn: bits,
  // JSON has no NaN: null stands for a distance that is not finite.
  distances: z
    .array(
      z.array(
        z
          .number()
          .nullable()
          .transform((value) => value ?? Number.NaN),
      ),
    )
    .min(1),
});

/**
 * Reads a stage's `distances.jsonl`, one step a line; a torn last line, left by a run that was killed, is skipped.
 *
 * @throws TensorFileError naming the file and the line that is malformed.
 */
export async function readRecordedSteps(path: string): Promise<readonly RecordedStep[]> {
  const text = await readFile(path, 'utf8');
  const lines = text.split('\n');
  lines.pop();
  return lines.map((line, index) => {
    const parsed = lineSchema.safeParse(parseJson(line));
    if (parsed.success) return parsed.data;
    throw new TensorFileError(`${path}, line ${index + 1}: not a recorded step: ${z.prettifyError(parsed.error)}`);
  });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
