import { replay, type StageMemory } from '../scheduler/memory.ts';
import { StoreError } from '../store/errors.ts';
import { readJournal } from '../store/journal.ts';
import { kindOfKey, sweepPaths } from '../store/paths.ts';
import { sweepNames } from './find-sweep.ts';
import type { Durations } from './time-left.ts';

export type TimedStage = { readonly key: string; readonly seconds: number };

/** Finished stages by kind, of all sweeps in a results folder: what later ones of their kind may take. */
export function timedStages(resultsDir: string): Map<string, TimedStage[]> {
  const stages = sweepNames(resultsDir).flatMap((name) =>
    [...memoryOf(resultsDir, name)].map(([key, { succeeded }]) => ({ key, seconds: succeeded?.seconds ?? 0 })),
  );
  return Map.groupBy(
    stages.filter(({ seconds }) => seconds > 0),
    ({ key }) => kindOfKey(key),
  );
}

/** Seconds by kind, of all sweeps in a results folder, which are looked at when that is first asked for. */
export function secondsIn(resultsDir: string): Durations['others'] {
  let seen: ReturnType<Durations['others']> | undefined;
  return () => {
    seen ??= new Map(
      [...timedStages(resultsDir)].map(([kind, stages]) => [kind, stages.map(({ seconds }) => seconds)]),
    );
    return seen;
  };
}

/** Seconds of a sweep's own finished stages by kind. */
export function ownSeconds(keys: readonly string[], memory: ReadonlyMap<string, StageMemory>): Map<string, number[]> {
  const own = new Map<string, number[]>();
  for (const key of keys) noteDuration(own, key, memory.get(key)?.succeeded?.seconds ?? 0);
  return own;
}

/** What was found finished took no time here. */
export function noteDuration(durations: Map<string, number[]>, key: string, seconds: number): void {
  if (seconds <= 0) return;
  const kind = kindOfKey(key);
  const seen = durations.get(kind);
  if (seen) seen.push(seconds);
  else durations.set(kind, [seconds]);
}

function memoryOf(resultsDir: string, name: string): ReadonlyMap<string, StageMemory> {
  try {
    return replay(readJournal(sweepPaths(resultsDir, name).journal));
  } catch (error) {
    // An estimate does without a damaged journal, which its own sweep refuses.
    if (error instanceof StoreError) return new Map();
    throw error;
  }
}
