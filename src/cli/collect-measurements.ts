import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Measurements } from '../report/curves.ts';
import { attemptPaths, kindOfKey, stageDirOf } from '../store/paths.ts';
import { eventSchema } from '../wire/event.ts';

type RunStages = { readonly id: string; readonly stageKeys: readonly string[] };

/** What every stage of the runs measured while it ran, by run id; stages that several runs share count once, for the first. */
export function collectMeasurements(resultsDir: string, runs: readonly RunStages[]): Map<string, Measurements[]> {
  const taken = new Set<string>();
  return new Map(
    runs.map(({ id, stageKeys }) => {
      const own = stageKeys.filter((key) => !taken.has(key));
      for (const key of own) taken.add(key);
      return [id, own.flatMap((key) => readMeasurements(stageDirOf(resultsDir, key), kindOfKey(key)) ?? [])];
    }),
  );
}

/** Of all attempts, a later one's in place of an earlier one's from the step on where it began. */
function readMeasurements(stageDir: string, stage: string): Measurements | null {
  const bySteps = new Map<number, Readonly<Record<string, number | null>>>();
  for (const attempt of attemptsOf(stageDir)) {
    const rows = metricsOf(attemptPaths(stageDir, attempt).events);
    const [first] = rows;
    if (first) for (const step of bySteps.keys()) if (step >= first.step) bySteps.delete(step);
    for (const { step, values } of rows) bySteps.set(step, { ...bySteps.get(step), ...values });
  }
  if (bySteps.size === 0) return null;
  const steps = [...bySteps.keys()].sort((a, b) => a - b);
  const names = [...new Set([...bySteps.values()].flatMap(Object.keys))].sort();
  const values = Object.fromEntries(
    names.map((name) => [name, steps.map((step) => bySteps.get(step)?.[name] ?? null)]),
  );
  return { stage, steps, values };
}

function attemptsOf(stageDir: string): number[] {
  return entriesOf(join(stageDir, 'attempts'))
    .map(Number)
    .filter(Number.isInteger)
    .sort((a, b) => a - b);
}

/** None where the folder is not there, or cannot be read: a page without some curves is better than none. */
function entriesOf(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Lines that are no events are passed over: the last one of a stage that runs or was killed is often torn. */
function metricsOf(path: string): { step: number; values: Readonly<Record<string, number | null>> }[] {
  return textOf(path)
    .split('\n')
    .filter((line) => line.includes('"metrics"'))
    .flatMap((line) => {
      try {
        const event = eventSchema.parse(JSON.parse(line));
        return event.event === 'metrics' ? [{ step: event.step, values: event.values }] : [];
      } catch {
        return [];
      }
    });
}
