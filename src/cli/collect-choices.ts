import { join } from 'node:path';
import { z } from 'zod';
import type { Choices } from '../leaderboard/records.ts';
import { errorCode, readFileIfAny } from '../store/atomic-file.ts';
import { parseJson } from '../store/parse-json.ts';

/** What a prune stage chose; `problem`: why that is not known though its result names a file. */
export type ReadChoices = { readonly choices: Choices | null; readonly problem: string | null };

const layerLists = z.custom<number[][]>((value) => isListOf(value, (row) => isListOf(row, Number.isInteger)));

/** Checked by hand, not by zod: long runs have millions of these numbers. */
const choicesSchema = z.object({
  steps: z.custom<number[]>((value) => isListOf(value, Number.isInteger)),
  drawnLayers: layerLists,
  alignments: layerLists,
});

/** The choices in the file that a stage's result names, some steps a line. */
export function readChoices(dir: string, file: string | null): ReadChoices {
  if (file === null) return { choices: null, problem: null };
  const path = join(dir, file);
  try {
    const text = readFileIfAny(path);
    if (text === undefined) return unknown(`${path} is missing`);
    const choices = parseChoices(text);
    return choices ? { choices, problem: null } : unknown(`${path} is damaged`);
  } catch (error) {
    return unknown(`${path} cannot be read (${errorCode(error)})`);
  }
}

function unknown(problem: string): ReadChoices {
  return { choices: null, problem: `${problem}: which layers were chosen is not known` };
}

function parseChoices(text: string): Choices | null {
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
