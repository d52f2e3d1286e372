import type { ResolvedSweep } from '../store/sweep-folder.ts';
import { backendOf, parseCofiSweep, parseSweepFile, type Question } from '../sweep/index.ts';

/** What a sweep's file says beside its runs; null where this version no longer reads it, or it is for a user's own program. */
export function sweepText({
  text,
  file,
}: ResolvedSweep): { readonly description: string; readonly questions: readonly Question[] } | null {
  const parsed = backendOf(text) === 'cofi' ? parseCofiSweep(text, file) : parseSweepFile(text, file);
  return parsed.ok ? parsed.sweep : null;
}
