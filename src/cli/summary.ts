import pc from 'picocolors';
import { lastLines } from '../executor/tail.ts';
import type { EngineReport, FailedStage } from '../scheduler/report.ts';
import { attemptPaths } from '../store/paths.ts';

const shownLogLines = 5;
const shownFailures = 10;

/** What a person needs to know when a sweep has ended, the command that goes on with it included. */
export function summarise(name: string, report: EngineReport): string {
  const { succeeded, failed, blocked, unfinished, stopReason } = report;
  const lines = [
    `${name}: ${succeeded} stages finished, ${failed.length} failed, ${blocked.length} could not run, ${unfinished} left`,
  ];
  for (const stage of failed.slice(0, shownFailures)) lines.push(...describe(stage));
  if (failed.length > shownFailures)
    lines.push(`… and ${failed.length - shownFailures} more: npx layersweep status ${name}`);
  if (failed.length > 0) lines.push(`Try them again: npx layersweep retry ${name} --failed`);
  if (stopReason !== undefined) lines.push(`Ended early: ${stopReason}`);
  if (stopReason !== undefined && unfinished > 0) lines.push('The same command again goes on from here.');
  return lines.join('\n');
}

function describe({ label, dir, attempt, failure }: FailedStage): string[] {
  const log = lastLines(attemptPaths(dir, attempt).stderr, shownLogLines);
  return [
    `${pc.red('failed')} ${label} (${failure.kind}): ${failure.message}`,
    ...log.map((line) => pc.dim(`  | ${line}`)),
    `  log: ${attemptPaths(dir, attempt).stderr}`,
  ];
}

/** 0 only where everything that was asked for is there. */
export function exitCodeOf({ failed, blocked, stopReason }: EngineReport): number {
  if (stopReason === 'interrupted') return 130;
  if (stopReason === 'terminated') return 143;
  return failed.length + blocked.length > 0 || stopReason !== undefined ? 1 : 0;
}
