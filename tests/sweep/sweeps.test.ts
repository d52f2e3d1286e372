import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatSweepErrors, parseSweepFile, planSweep } from '../../src/sweep/index.ts';
import { contextFor } from './context.ts';

const folder = new URL('../../sweeps/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

function load(file: string) {
  const result = parseSweepFile(readFileSync(new URL(file, folder), 'utf8'), file);
  if (!result.ok) throw new Error(formatSweepErrors(result.errors));
  return result;
}

describe('the sweep files that come along', () => {
  test.each(files)('%s is sound, says what it is for, and reads the same in W&B', (file) => {
    const { sweep, warnings } = load(file);
    expect(warnings).toEqual([]);
    expect(`${sweep.name}.yaml`).toBe(file);
    expect(sweep.description.length).toBeGreaterThan(40);
    const plan = planSweep(sweep, contextFor(sweep));
    expect(plan.runs.length).toBeGreaterThan(0);
    expect(new Set(plan.runs.map((run) => run.id)).size).toBe(plan.runs.length);
  });

  test('have the baseline without a layer loss', () => {
    for (const file of files) {
      const { sweep } = load(file);
      const strategies = planSweep(sweep, contextFor(sweep)).runs.map((run) => run.parameters.strategy);
      expect(strategies, file).toContain('none');
    }
  });

  test('have enough seeds for a verdict where they ask questions on GLUE', () => {
    for (const file of files) {
      const { sweep } = load(file);
      const seeds = sweep.parameters.find((one) => one.name === 'seed')?.space;
      if (sweep.questions.length === 0 || sweep.model.source !== 'hub') continue;
      expect(seeds?.kind === 'values' ? seeds.values.length : 0, file).toBeGreaterThanOrEqual(8);
    }
  });
});
