import { mean } from 'simple-statistics';
import { tasks } from '../glue/tasks.ts';
import { configurationKey, replicateKey } from './configuration.ts';
import type { Outcome, RunRecord } from './records.ts';

export const glueAverage = 'GLUE average';

const glueTasks = tasks.filter(({ family }) => family === 'glue').map(({ name }) => name);

/**
 * One run for each configuration and seed that has finished every GLUE task: the mean of the tasks' primary metrics,
 * as the benchmark takes it (without WNLI and the diagnostics, which nobody trains here).
 */
export function glueAverages(records: readonly RunRecord[]): RunRecord[] {
  const finished = records.filter(({ task, outcome }) => outcome !== null && glueTasks.includes(task));
  const groups = Map.groupBy(finished, (record) => `${replicateKey(record)} ${configurationKey(withTask(record))}`);
  return [...groups.values()].flatMap((runs) => {
    const [first] = runs;
    const outcomes = glueTasks.flatMap((name) => runs.find(({ task }) => task === name)?.outcome ?? []);
    if (!first || outcomes.length < glueTasks.length) return [];
    return [
      {
        ...withTask(first),
        runId: `${glueAverage} of ${first.runId}`,
        outcome: averageOf(outcomes),
        prune: null,
        provenance: null,
      },
    ];
  });
}

function withTask(record: RunRecord): RunRecord {
  return { ...record, task: glueAverage, parameters: { ...record.parameters, task: glueAverage } };
}

function averageOf(outcomes: readonly Outcome[]): Outcome {
  const known = (pick: (outcome: Outcome) => number | null) => {
    const values = outcomes.flatMap((outcome) => pick(outcome) ?? []);
    return values.length === outcomes.length ? mean(values) : null;
  };
  const score = mean(outcomes.map((outcome) => outcome.score));
  const metric = 'mean of primary metrics';
  return {
    metric,
    score,
    metrics: { [metric]: score },
    majorityClass: known(({ majorityClass }) => majorityClass),
    examples: null,
    sparsity: known(({ sparsity }) => sparsity),
    speedup: known(({ speedup }) => speedup),
    structure: null,
  };
}
