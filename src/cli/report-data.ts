import type { Leaderboard } from '../leaderboard/rows.ts';
import { buildReportData } from '../report/build-report-data.ts';
import type { ReportData } from '../report/data.ts';
import { readSoundEvents } from '../store/journal.ts';
import { sweepPaths } from '../store/paths.ts';
import { type ResolvedSweep, sweepHolder } from '../store/sweep-folder.ts';
import { collectMeasurements } from './collect-measurements.ts';
import { timelineOf } from './collect-timeline.ts';
import { CommandError } from './command-error.ts';
import { isCommandResult } from './command-table.ts';
import { asCommand } from './project.ts';
import { sweepResults } from './sweep-results.ts';

export type ReportNow = { readonly data: ReportData; readonly board: Leaderboard };

/** What the report page of a sweep shows now. */
export async function collectReportData(
  resultsDir: string,
  sweep: ResolvedSweep,
  baseline: string,
): Promise<ReportData> {
  return (await collectReport(resultsDir, sweep, baseline)).data;
}

/**
 * The same with the leaderboard that it is made from.
 *
 * @throws CommandError for a sweep of a user's own program, which has no strategies to show.
 */
export async function collectReport(resultsDir: string, sweep: ResolvedSweep, baseline: string): Promise<ReportNow> {
  if (isCommandResult(sweep)) {
    const table = asCommand(`leaderboard ${sweep.name}`, resultsDir);
    throw new CommandError(
      `\`${sweep.name}\` runs a program of its own (backend: command), which the page cannot show. Its table: ${table}`,
    );
  }
  const { board } = await sweepResults(resultsDir, sweep, { baseline, examples: true });
  const running = sweepHolder(resultsDir, sweep.name) !== undefined;
  const { events } = readSoundEvents(sweepPaths(resultsDir, sweep.name).journal);
  const nowMs = Date.now();
  const data = buildReportData({
    board,
    measurements: collectMeasurements(resultsDir, sweep.runs),
    timeline: timelineOf(events, sweep, running ? nowMs : (events.at(-1)?.atMs ?? nowMs)),
    running,
    nowMs,
  });
  return { data, board };
}
