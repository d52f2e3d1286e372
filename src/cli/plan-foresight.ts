import { foresee } from '../leaderboard/questions/foresight.ts';
import { replay } from '../scheduler/memory.ts';
import { readJournal } from '../store/journal.ts';
import { sweepPaths } from '../store/paths.ts';
import type { ResolvedSweep } from '../store/sweep-folder.ts';
import { collectRecords } from './collect-records.ts';
import { sweepText } from './sweep-text.ts';

/** For each question of a sweep, what difference its seeds can show: one sentence each. `deviationPoints`: of paired differences, in points. */
export async function foresightOf(
  sweep: ResolvedSweep,
  resultsDir: string,
  deviationPoints: number | undefined,
): Promise<string[]> {
  const questions = sweepText(sweep)?.questions ?? [];
  if (questions.length === 0) return [];
  const memory = replay(readJournal(sweepPaths(resultsDir, sweep.name).journal));
  const { records } = await collectRecords(resultsDir, sweep, { memory });
  const stated = deviationPoints === undefined ? null : deviationPoints / 100;
  return questions.map((question) => foresee(records, question, stated).sentence);
}
