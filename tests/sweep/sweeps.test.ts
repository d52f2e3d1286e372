import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { foresee } from '../../src/leaderboard/questions/foresight.ts';
import type { RunRecord } from '../../src/leaderboard/records.ts';
import { formatSweepErrors, parseSweepFile, planSweep, type SweepPlan } from '../../src/sweep/index.ts';
import { run } from '../leaderboard/records-fixture.ts';
import { contextFor } from './context.ts';

const folder = new URL('../../sweeps/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

function load(file: string) {
  const result = parseSweepFile(readFileSync(new URL(file, folder), 'utf8'), file);
  if (!result.ok) throw new Error(formatSweepErrors(result.errors));
  return result;
}

const plans = new Map<string, SweepPlan>();

/** Planned once for all tests: the larger ones have a thousand runs. */
function planOf(file: string): SweepPlan {
  const { sweep } = load(file);
  const plan = plans.get(file) ?? planSweep(sweep, contextFor(sweep));
  plans.set(file, plan);
  return plan;
}

describe('the sweep files that come along', () => {
  test.each(files)('%s is sound, says what it is for, and reads the same in W&B', (file) => {
    const { sweep, warnings } = load(file);
    expect(warnings).toEqual([]);
    expect(`${sweep.name}.yaml`).toBe(file);
    expect(sweep.description.length).toBeGreaterThan(40);
    const plan = planOf(file);
    expect(plan.runs.length).toBeGreaterThan(0);
    expect(new Set(plan.runs.map((run) => run.id)).size).toBe(plan.runs.length);
  });

  test('have the baseline without a layer loss', () => {
    for (const file of files) {
      const strategies = planOf(file).runs.map((run) => run.parameters.strategy);
      expect(strategies, file).toContain('none');
    }
  });

  test.each(files.filter((file) => /-(embedded|glue)\.yaml$|^(versions|tweets)\.yaml$/.test(file)))(
    '%s has enough seeds for a verdict on every comparison, or says which question has not',
    (file) => {
      const { sweep } = load(file);
      const records = planOf(file).runs.map(({ parameters }) => planned(parameters));
      expect(sweep.questions.length).toBeGreaterThan(0);
      const hopeless = sweep.questions.filter((question) =>
        foresee(records, question, null).sentence.includes('cannot show any difference'),
      );
      const text = readFileSync(new URL(file, folder), 'utf8');
      const told = hopeless.filter(({ name }) => text.includes(`seeds one by one.\n  - name: ${name}`));
      expect(hopeless).toEqual(told);
    },
  );
});

/** As `plan` has them of a sweep of which nothing was run. */
function planned(parameters: RunRecord['parameters']): RunRecord {
  const { task, strategy, seed, sparsity, k } = parameters;
  return run({
    parameters,
    task: String(task),
    strategy: String(strategy),
    seed: Number(seed),
    sparsityAsked: Number(sparsity),
    k: k === undefined ? null : Number(k),
    state: 'waiting',
    outcome: null,
  });
}
