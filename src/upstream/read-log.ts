import { createLogReader } from './log-lines.ts';
import type { LogEntry, LoggedFigure, UpstreamRun } from './upstream-run.ts';

/** Reads the log that upstream's `run_CoFi.sh` keeps; lines of other programs are passed over, progress bars too. */
export function readUpstreamLog(text: string): UpstreamRun {
  const reader = createLogReader();
  const entries = text.split(/\r\n|\r|\n/).flatMap((line) => reader.push(line));
  return {
    arguments: new Map(ofKind(entries, 'argument').map(({ name, value }) => [name, value])),
    ...firstFigures(entries),
    epochsFinished: ofKind(entries, 'epoch-finished').length,
    savingStarts: ofKind(entries, 'saving-starts'),
    bestModels: ofKind(entries, 'best-model'),
    evaluations: ofKind(entries, 'evaluation'),
    alignments: ofKind(entries, 'alignment'),
  };
}

type Kind = LogEntry['kind'];

function ofKind<K extends Kind>(entries: readonly LogEntry[], kind: K): Extract<LogEntry, { kind: K }>[] {
  return entries.filter((entry): entry is Extract<LogEntry, { kind: K }> => entry.kind === kind);
}

function firstFigures(entries: readonly LogEntry[]): Partial<Record<LoggedFigure, number>> {
  const figures: Partial<Record<LoggedFigure, number>> = {};
  for (const { name, value } of ofKind(entries, 'figure')) figures[name] ??= value;
  return figures;
}
