import { statSync } from 'node:fs';
import { toTerminal } from '../leaderboard/to-terminal.ts';
import type { StageKind, StageSpec } from '../scheduler/stage-spec.ts';
import { stageDirOf } from '../store/paths.ts';
import type { ResolvedSweep } from '../store/sweep-folder.ts';
import { commandTablePath, isCommandResult, writeCommandTable } from './command-table.ts';
import { sweepLeaderboard, writeLeaderboard } from './leaderboard.ts';
import { isParityRecorded, recordParity } from './parity-record.ts';

export type Tables = {
  /** Of a finished stage: holds its probes against the reference, and writes the leaderboard anew, soon. */
  readonly onFinished: (spec: StageSpec) => void;
  /** Writes it a last time. `newestResultMs`: a table that is younger and was written for the same sweep file will do. */
  readonly finish: (newestResultMs?: number) => Promise<FinishedTable>;
};

/** `text` is undefined where no run has finished, or nobody reads it. */
export type FinishedTable = {
  readonly text: string | undefined;
  /** Rows whose recorded numbers are not the reference's. */
  readonly disagreeing: readonly string[];
};

/** Kinds whose end is that of a run. */
const lastOfRun: readonly StageKind[] = ['evaluate', 'command', 'cofi-evaluate'];

/** Several runs that finish together are one change of the table. */
const refreshMs = 2000;

/** Keeps a sweep's leaderboard up to date while its runs finish. */
export function keepTables(sweep: ResolvedSweep, resultsDir: string, say: (message: string) => void): Tables {
  const isCommand = isCommandResult(sweep);
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let isStale = false;

  async function write(): Promise<void> {
    try {
      if (isCommand) writeCommandTable(resultsDir, sweep);
      else writeLeaderboard(resultsDir, await sweepLeaderboard(resultsDir, sweep));
    } catch (error) {
      // The runs are worth more than their table, which the verb `leaderboard` makes again.
      say(`The leaderboard could not be written: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async function check(key: string, label: string): Promise<void> {
    const stageDir = stageDirOf(resultsDir, key);
    if (isParityRecorded(stageDir)) return;
    try {
      const verdict = await recordParity(stageDir);
      if (verdict.kind === 'disagrees') say(`PARITY    ${label}: ${verdict.probe}: ${verdict.difference}`);
    } catch (error) {
      say(`${label}: its probes could not be checked: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  return {
    onFinished: ({ key, label, kind }) => {
      if (kind === 'prune' || kind === 'finetune') writing = writing.then(() => check(key, label));
      if (!lastOfRun.includes(kind)) return;
      isStale = true;
      timer ??= setTimeout(() => {
        timer = undefined;
        writing = writing.then(write);
      }, refreshMs);
    },
    finish: async (newestResultMs = Number.POSITIVE_INFINITY) => {
      clearTimeout(timer);
      await writing;
      const written = statSync(commandTablePath(resultsDir, sweep.name), { throwIfNoEntry: false });
      if (isCommand && !isStale && written && written.mtimeMs > newestResultMs)
        return { text: undefined, disagreeing: [] };
      if (isCommand) return { text: writeCommandTable(resultsDir, sweep), disagreeing: [] };
      const board = await sweepLeaderboard(resultsDir, sweep);
      writeLeaderboard(resultsDir, board);
      const disagreeing = board.rows
        .filter(({ parity }) => parity.verdict === 'disagrees')
        .map(({ task, strategy }) => `${task} ${strategy}`);
      const text = board.rows.length === 0 ? undefined : toTerminal(board, process.stdout.columns ?? 160).trimEnd();
      return { text, disagreeing };
    },
  };
}
