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
