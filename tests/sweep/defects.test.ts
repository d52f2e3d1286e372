import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { PlannedStage } from '../../src/sweep/index.ts';
import { planned, sweepText } from './context.ts';

const all = ['best_from_zero', 'best_never_saved', 'single_logit_softmax'];
const asked = all.map((name) => `${name}: { value: true }`).join('\n');

function stagesOn(task: string, parameters = ''): readonly PlannedStage[] {
  return planned(sweepText(parameters).replace('movies', task)).stages;
}

function defectsOn(task: string, stage: string, parameters = asked): unknown {
  const work = stagesOn(task, parameters).find((one) => one.work.stage === stage)?.work;
  return work && 'defects' in work.config ? work.config.defects : undefined;
}

describe("a defect of upstream's trainer", () => {
  test('is reproduced by pruning and finetuning where it is asked for by name, and only where it can hit the task', () => {
    expect(defectsOn('stsb', 'prune')).toEqual(['best-from-zero', 'best-never-saved', 'single-logit-softmax']);
    expect(defectsOn('mnli', 'finetune')).toEqual(['best-from-zero', 'best-never-saved']);
    expect(defectsOn('cola', 'prune')).toEqual(['best-from-zero']);
    expect(defectsOn('stsb', 'teacher')).toBeUndefined();
    for (const preset of ['paper', 'tiny'])
      expect(defectsOn('stsb', 'prune', `preset: { value: ${preset} }`)).toEqual([]);
  });

  test('changes the keys of what it changes, and none where it cannot hit', () => {
    const keysOn = (task: string, parameters: string) =>
      stagesOn(task, parameters).map(({ key, work }) => `${work.stage === 'teacher' ? '' : 'not '}teacher ${key}`);
    const changed = keysOn('stsb', asked).filter((key) => !keysOn('stsb', '').includes(key));
    expect(changed.length).toBe(keysOn('stsb', '').length - 1);
    const off = all.map((name) => `${name}: { value: false }`).join('\n');
    expect(keysOn('stsb', off)).toEqual(keysOn('stsb', ''));
    expect(keysOn('rte', 'best_never_saved: { value: true }')).toEqual(keysOn('rte', ''));
  });

  test('that cannot hit makes no run of its own', () => {
    const runs = (task: string) =>
      planned(sweepText('single_logit_softmax: { values: [false, true] }').replace('movies', task)).runs;
    expect(runs('stsb').map(({ parameters }) => parameters.single_logit_softmax)).toEqual([
      undefined,
      true,
      undefined,
      true,
    ]);
    expect(runs('rte').length).toBe(2);
  });
});

test('the arms of the sweep that reproduces have the sets of deviations that their names say', () => {
  const text = readFileSync(new URL('../../sweeps/reproduce.yaml', import.meta.url), 'utf8');
  const found = planned(text).stages.flatMap(({ work }) => {
    if (work.stage !== 'prune' || work.config.seeds.dataOrder !== 57 || work.config.task.name !== 'mnli') return [];
    const { strategy, sparsity, prefinetune, training, defects } = work.config;
    const name = strategy.kind === 'module' ? strategy.name : strategy.kind;
    const lengths = `${prefinetune.count} ${prefinetune.unit} + ${training.duration.count.toFixed(2)} ${training.duration.unit}`;
    const gates = `epsilon ${sparsity.epsilon}, ${sparsity.latchTarget ? 'latched' : 'held'}, logit ${sparsity.initialIntermediateLogit}`;
    return [`${name} ${sparsity.target}: ${lengths}; ${gates}; ${defects.join(', ')}`];
  });
  expect(found.toSorted()).toMatchInlineSnapshot(`
    [
      "as-described-v3 0.6: 1 epochs + 19.00 epochs; epsilon 0, latched, logit 0; best-from-zero",
      "as-described-v3 0.95: 1 epochs + 19.00 epochs; epsilon 0.01, latched, logit 0; best-from-zero",
      "as-described-v4 0.6: 1 epochs + 19.00 epochs; epsilon 0, latched, logit 0; best-from-zero",
      "as-described-v4 0.95: 1 epochs + 19.00 epochs; epsilon 0.01, latched, logit 0; best-from-zero",
      "as-released-v3 0.6: 100 steps + 19.99 epochs; epsilon 0, latched, logit 0; best-from-zero, best-never-saved",
      "as-released-v3 0.95: 100 steps + 19.99 epochs; epsilon 0, latched, logit 0; best-from-zero, best-never-saved",
      "as-released-v4 0.6: 100 steps + 19.99 epochs; epsilon 0, latched, logit 0; best-from-zero, best-never-saved",
      "as-released-v4 0.95: 100 steps + 19.99 epochs; epsilon 0, latched, logit 0; best-from-zero, best-never-saved",
      "corrected-v4 0.6: 1 epochs + 19.00 epochs; epsilon 0, held, logit 10; ",
      "corrected-v4 0.95: 1 epochs + 19.00 epochs; epsilon 0, held, logit 10; ",
      "none 0.6: 1 epochs + 19.00 epochs; epsilon 0, latched, logit 0; ",
      "none 0.95: 1 epochs + 19.00 epochs; epsilon 0, latched, logit 0; ",
    ]
  `);
});
