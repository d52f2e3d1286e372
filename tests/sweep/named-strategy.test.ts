import { expect, test } from 'vitest';
import { parseSweepFile } from '../../src/sweep/index.ts';

function parse(strategy: string) {
  return parseSweepFile(
    `name: x
method: list
model: { source: random, layers: 12 }
parameters:
  preset: { value: tiny }
  task: { value: movies }
  sparsity: { value: 0.6 }
  seed: { value: 1 }
runs:
  - { strategy: ${strategy} }
`,
    'x.yaml',
  );
}

test('a published strategy may have a name of its own, and no other part', () => {
  expect(parse('{ name: as-released-v4, extends: published/v4 }').ok).toBe(true);
  const changed = parse('{ name: mine, extends: published/v4, survivors: all }');
  expect(changed.ok ? [] : changed.errors.map(({ message }) => message).join()).toContain(
    'Strategy "published/v4" has no parts to change: extend one such as v4',
  );
});

test('what is wrong in a strategy is told in the spelling of the file', () => {
  const told = (strategy: string) => {
    const read = parse(strategy);
    return read.ok ? [] : read.errors.map(({ path, message }) => `${path}: ${message}`);
  };
  expect(told('{ name: mine, schedule: { realign_every_steps: 1.5 } }')).toEqual([
    'runs[0].strategy.schedule.realign_every_steps: Expected a whole number, got 1.5',
  ]);
  expect(told('{ name: mine, alignment: { kind: sinkhorn, regularisation: .nan, iterations: 5 } }')).toEqual([
    'runs[0].strategy.alignment.gradient_through_weights: Missing: expected true or false',
    'runs[0].strategy.alignment.regularisation: Expected a number, got NaN',
  ]);
  expect(told('{ name: mine, schedule: { realign_every_steps: 2, realignEverySteps: 3 } }')).toEqual([
    'runs[0].strategy.schedule.realignEverySteps: Expected one of realign_every_steps and realignEverySteps, which are the same',
  ]);
});
