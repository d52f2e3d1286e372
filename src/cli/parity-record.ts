import { join } from 'node:path';
import { z } from 'zod';
import type { ParityVerdict } from '../leaderboard/records.ts';
import { checkRun, type RunVerdict } from '../parity/index.ts';
import { errorCode, readFileIfAny, writeFileAtomic } from '../store/atomic-file.ts';
import { parseJson } from '../store/parse-json.ts';
import { describeDifference } from './parity.ts';

const verdictSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('agrees'), probes: z.int() }),
  z.strictObject({ kind: z.literal('disagrees'), probe: z.string(), difference: z.string() }),
  z.strictObject({ kind: z.literal('none'), reason: z.string() }),
]);
const recordSchema = z.strictObject({ schemaVersion: z.literal(1), verdict: verdictSchema });

/** Recomputes a stage's probes with the reference and keeps the verdict beside them. */
export async function recordParity(stageDir: string): Promise<ParityVerdict> {
  const verdict = verdictOf(await checkRun(stageDir));
  writeFileAtomic(pathOf(stageDir), `${JSON.stringify({ schemaVersion: 1, verdict })}\n`);
  return verdict;
}

/** The verdict that was kept, if any. */
export function recordedParity(stageDir: string): ParityVerdict {
  try {
    const text = readFileIfAny(pathOf(stageDir));
    if (text === undefined) return { kind: 'none', reason: 'not checked yet' };
    const parsed = recordSchema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data.verdict;
  } catch (error) {
    return { kind: 'none', reason: `${pathOf(stageDir)} cannot be read (${errorCode(error)})` };
  }
  return { kind: 'none', reason: `${pathOf(stageDir)} is damaged: remove it, and \`layersweep parity\` checks again` };
}

export function isParityRecorded(stageDir: string): boolean {
  return readFileIfAny(pathOf(stageDir)) !== undefined;
}

function verdictOf({ probes, unreadable, agrees }: RunVerdict): ParityVerdict {
  const [broken] = unreadable;
  if (broken) return { kind: 'disagrees', probe: broken.path, difference: broken.reason };
  const wrong = probes.find((probe) => !probe.agrees);
  if (wrong) {
    const difference = wrong.firstDifference ? describeDifference(wrong.firstDifference) : 'it disagrees';
    return { kind: 'disagrees', probe: wrong.path, difference };
  }
  return agrees === null ? { kind: 'none', reason: 'no probes' } : { kind: 'agrees', probes: probes.length };
}

/** Outside the seal: it is made after the stage has ended, and can be made again. */
function pathOf(stageDir: string): string {
  return join(stageDir, 'parity.json');
}
