import { describe, expect, test } from 'vitest';
import { errorsOf, planned, sweepText } from './context.ts';

function durationsOf(parameters: string, split = 'dev'): unknown {
  const text = sweepText(parameters, `data: { split: ${split} }`)
    .replace('movies', 'rte')
    .replace('[none, v4]', 'none');
  const prune = planned(text.replace('{ values: none }', '{ value: none }')).stages.find(
    ({ work }) => work.stage === 'prune',
  );
  return (
    prune && 'prefinetune' in prune.work.config && [prune.work.config.prefinetune, prune.work.config.training.duration]
  );
}

describe('the distillation before pruning, counted within the pruning', () => {
  test('leaves it the rest of the published epochs', () => {
    expect(durationsOf('preset: { value: paper }')).toEqual([
      { unit: 'epochs', count: 4 },
      { unit: 'epochs', count: 96 },
    ]);
  });

  test('is taken in steps where the set is trained on whole: 78 steps an epoch of RTE', () => {
    expect(durationsOf('preset: { value: paper }\nprefinetune_steps: { value: 100 }')).toEqual([
      { unit: 'steps', count: 100 },
      { unit: 'epochs', count: 100 - 100 / 78 },
    ]);
    expect(
      durationsOf('preset: { value: paper }\nprune_steps: { value: 500 }\nsparsity_warmup_steps: { value: 9 }'),
    ).toEqual([
      { unit: 'epochs', count: 4 },
      { unit: 'steps', count: 500 - 4 * 78 },
    ]);
  });

  test('comes on top where the file says so', () => {
    expect(durationsOf('preset: { value: paper }\nprefinetune_within: { value: false }')).toEqual([
      { unit: 'epochs', count: 4 },
      { unit: 'epochs', count: 100 },
    ]);
  });

  test('is refused where it leaves nothing, or where an epoch has an unknown number of steps', () => {
    const steps = 'prefinetune_within: { value: true }\nprefinetune_steps: { value: 60 }';
    expect(errorsOf(sweepText(`${steps}\nprune_steps: { value: 60 }`))).toContain(
      'Expected a prefinetuning shorter than',
    );
    expect(errorsOf(sweepText(`${steps}\nprune_epochs: { value: 3 }`))).toContain('is not known beforehand');
  });
});
