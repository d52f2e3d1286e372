import pc from 'picocolors';
import { lastLines } from '../executor/tail.ts';
import type { EngineReport, FailedStage } from '../scheduler/report.ts';
import { attemptPaths } from '../store/paths.ts';
import { printable } from '../store/printable.ts';
import { asCommand } from './project.ts';

const shownLogLines = 5;
const shownFailures = 10;
const maxLogLine = 500;

/** How a sweep ended; `disagreeing`: rows whose recorded numbers are not the reference's. */
export type SweepEnd = EngineReport & { readonly disagreeing: readonly string[] };

/** What a person needs to know when a sweep has ended, the command that goes on with it included. */
export function summarise(name: string, report: SweepEnd, resultsDir: string): string {
  const { succeeded, failed, blocked, unfinished, stopReason, disagreeing } = report;
  const lines = [
    `${name}: ${succeeded} stages finished, ${failed.length} failed, ${blocked.length} could not run, ${unfinished} left`,
  ];
  for (const stage of failed.slice(0, shownFailures)) lines.push(...describe(stage));
  if (failed.length > shownFailures)
    lines.push(`… and ${failed.length - shownFailures} more: ${asCommand(`status ${name}`, resultsDir)}`);
  if (failed.length > 0) lines.push(`Try them again: ${asCommand(`retry ${name} --failed`, resultsDir)}`);
  if (disagreeing.length > 0) {
    lines.push(`${pc.red('Parity failed')} of ${disagreeing.join(', ')}: ${asCommand(`parity ${name}`, resultsDir)}`);
  }
  if (stopReason !== undefined) lines.push(`Ended early: ${stopReason}`);
  if (stopReason !== undefined && unfinished > 0) lines.push('The same command again goes on from here.');
  return lines.join('\n');
}

function describe({ label, dir, attempt, failure }: FailedStage): string[] {
  // A log that says no more than the message need not be shown.
  const log = lastLines(attemptPaths(dir, attempt).stderr, shownLogLines)
    .map((line) => printable(line).slice(0, maxLogLine))
    .filter((line) => line !== failure.message);
  return [
    `${pc.red('failed')} ${label} (${failure.kind}): ${failure.message}`,
    ...log.map((line) => pc.dim(`  | ${line}`)),
    `  log: ${attemptPaths(dir, attempt).stderr}`,
  ];
}

/** 0 only where everything that was asked for is there, and is what the reference says. */
export function exitCodeOf({ failed, blocked, stopReason, disagreeing }: SweepEnd): number {
  if (stopReason === 'interrupted') return 130;
  if (stopReason === 'terminated') return 143;
  return failed.length + blocked.length + disagreeing.length > 0 || stopReason !== undefined ? 1 : 0;
}
