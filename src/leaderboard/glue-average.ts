import { mean } from 'simple-statistics';
import { tasks } from '../glue/tasks.ts';
import { configurationKey, replicateKey } from './configuration.ts';
import { summariseParity } from './parity-summary.ts';
import type { Outcome, ParityVerdict, RunRecord } from './records.ts';

export const glueAverage = 'GLUE average';

const glueTasks = tasks.filter(({ family }) => family === 'glue').map(({ name }) => name);

/**
 * One run for each configuration and seed that is planned for every GLUE task: the mean of the tasks' primary metrics.
 * Not the benchmark's own average: that has WNLI too, and means of two metrics for MRPC, QQP and STS-B. A seed without
 * one of its tasks waits, so that its row is no more complete than they are; configurations without any are left out.
 */
export function glueAverages(records: readonly RunRecord[]): RunRecord[] {
  const glue = records.filter(({ task }) => glueTasks.includes(task));
  const configurations = Map.groupBy(glue, (record) => configurationKey(withTask(record)));
  return [...configurations.values()].flatMap((runs) => {
    const averages = [...Map.groupBy(runs, replicateKey).values()].flatMap((seed) => averageRun(seed) ?? []);
    return averages.some(({ outcome }) => outcome !== null) ? averages : [];
  });
}

function averageRun(runs: readonly RunRecord[]): RunRecord | null {
  const own = glueTasks.flatMap((name) => runs.find(({ task }) => task === name) ?? []);
  const [first] = own;
  if (!first || own.length < glueTasks.length) return null;
  const outcomes = own.flatMap(({ outcome }) => outcome ?? []);
  const isWhole = outcomes.length === own.length;
  const isFailed = own.some(({ state }) => state === 'failed');
  return {
    ...withTask(first),
    runId: `${glueAverage} of ${own.map(({ runId }) => runId).join(', ')}`,
    state: isWhole ? 'finished' : isFailed ? 'failed' : 'waiting',
    reason: isWhole || !isFailed ? null : 'one of its tasks failed',
    outcome: isWhole ? averageOf(outcomes) : null,
    parity: parityOf(own),
    prune: null,
    provenance: null,
  };
}

/** A single task that disagrees decides; else as many probes as all have. */
function parityOf(runs: readonly RunRecord[]): ParityVerdict {
  const { verdict, probes, details } = summariseParity(runs);
  const disagrees = runs.map(({ parity }) => parity).find(({ kind }) => kind === 'disagrees');
  if (disagrees) return disagrees;
  return verdict === 'agrees' ? { kind: 'agrees', probes } : { kind: 'none', reason: details.join(', ') };
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
    teacherScore: known(({ teacherScore }) => teacherScore),
    examples: null,
    sparsity: known(({ sparsity }) => sparsity),
    speedup: known(({ speedup }) => speedup),
    structure: null,
  };
}
