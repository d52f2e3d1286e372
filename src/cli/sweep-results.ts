import { buildLeaderboard } from '../leaderboard/build.ts';
import type { RunRecord } from '../leaderboard/records.ts';
import type { Leaderboard } from '../leaderboard/rows.ts';
import { replay } from '../scheduler/memory.ts';
import { readSoundEvents } from '../store/journal.ts';
import { sweepPaths } from '../store/paths.ts';
import type { ResolvedSweep } from '../store/sweep-folder.ts';
import { collectCorrectness } from './collect-correctness.ts';
import { collectImports } from './collect-imports.ts';
import { collectRecords } from './collect-records.ts';
import { recordedParity } from './parity-record.ts';
import { portable } from './portable.ts';
import { sweepText } from './sweep-text.ts';

export type SweepResults = {
  readonly board: Leaderboard;
  readonly records: readonly RunRecord[];
};

export type ResultsOptions = {
  /** @default 'none' */
  readonly baseline?: string | undefined;
  /** Reads every stored prediction, so that questions are also tested example by example. */
  readonly examples?: boolean;
};

/** All that a sweep has come to so far. */
export async function sweepResults(
  resultsDir: string,
  sweep: ResolvedSweep,
  { baseline = 'none', examples = false }: ResultsOptions = {},
): Promise<SweepResults> {
  const { events, damage } = readSoundEvents(sweepPaths(resultsDir, sweep.name).journal);
  const memory = replay(events);
  const own = await collectRecords(resultsDir, sweep, { memory, parityOf: recordedParity });
  const imported = collectImports(sweepPaths(resultsDir, sweep.name).dir);
  const passedOn = (text: string): string => portable(text, resultsDir);
  const records = [
    ...own.records.map((record) => ({ ...record, reason: record.reason === null ? null : passedOn(record.reason) })),
    ...imported.records,
  ];
  const file = sweepText(sweep);
  const questions = file?.questions ?? [];
  const read = examples && questions.length > 0 ? await collectCorrectness(resultsDir, sweep.runs, memory) : null;
  const board = buildLeaderboard(records, {
    name: sweep.name,
    baseline,
    questions,
    notes: [
      // What the file says that the sweep is: shortened runs are to say so.
      ...(file && file.description !== '' ? [file.description.trim()] : []),
      ...(file === null && sweep.text !== ''
        ? ['The sweep file is not one of this version: its questions are not answered.']
        : []),
      ...[
        ...own.notes,
        ...(damage === null ? [] : [`Left out: ${damage}`]),
        ...[...own.leftOut, ...(read?.leftOut ?? [])].map((what) => `Left out: ${what}`),
        ...imported.notes,
      ].map(passedOn),
    ],
    ...(read ? { correctness: read.correctness } : {}),
  });
  return { board, records };
}
