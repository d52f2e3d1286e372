import { expect, test } from 'vitest';
import { catalogue, findStrategy } from '../../src/strategy/catalogue.ts';
import { canonicalJson, strategySha256 } from '../../src/strategy/identity.ts';
import { quirks, strategySchema } from '../../src/strategy/specification/strategy.ts';
import { validateStrategy } from '../../src/strategy/validate.ts';
import { withK } from '../../src/strategy/with-k.ts';

test('every entry is a valid strategy with a name and a specification of its own', () => {
  for (const { strategy } of catalogue) expect(strategySchema.parse(strategy)).toEqual(strategy);
  expect(new Set(catalogue.map(({ name }) => name)).size).toBe(catalogue.length);
});

test('every entry fits a teacher and a student of 12 layers', () => {
  for (const { name, strategy } of catalogue) {
    expect(validateStrategy(strategy, { name, teacherLayers: 12, studentLayers: 12 })).toEqual([]);
  }
});

test('the published versions together name every quirk', () => {
  const named = catalogue.flatMap(({ strategy }) => (strategy.kind === 'published' ? strategy.quirks : []));
  expect(new Set(named)).toEqual(new Set(quirks));
});

test('a misspelt name is answered with the nearest one', () => {
  expect(() => findStrategy('publised/v3')).toThrowErrorMatchingInlineSnapshot(
    `[UnknownStrategyError: Unknown strategy "publised/v3". Did you mean "published/v3"? \`layersweep strategies\` lists all 54]`,
  );
  expect(() => findStrategy('gradient-boosting-machine')).toThrowErrorMatchingInlineSnapshot(
    `[UnknownStrategyError: Unknown strategy "gradient-boosting-machine". \`layersweep strategies\` lists all 54]`,
  );
});

test('what does not fit a depth is refused by name, with what would', () => {
  const errors = (name: string, teacherLayers: number, studentLayers = teacherLayers) =>
    validateStrategy(findStrategy(name).strategy, { name, teacherLayers, studentLayers });
  expect(errors('fixed-2-5-8-11', 6)).toMatchInlineSnapshot(`
    [
      "Strategy "fixed-2-5-8-11" selects teacher layers 8, 11, but the teacher has 6, numbered 0 to 5. What fits: 1, 2, 4, 5 (uniform-4)",
    ]
  `);
  expect(errors('published/v4', 6)).toMatchInlineSnapshot(`
    [
      "Strategy "published/v4" is the published code, which works with 12 teacher and 12 student layers only; got 6 and 6. For this depth take v4",
    ]
  `);
  expect(errors('uniform-12', 6)).toMatchInlineSnapshot(`
    [
      "Strategy "uniform-12" selects 12 teacher layers, but the teacher has 6. What fits: k from 1 to 6",
    ]
  `);
  expect(errors('v2', 12, 6)).toMatchInlineSnapshot(`
    [
      "Strategy "v2" aligns by layer number (identity), which needs as many student layers as teacher layers; got 12 teacher and 6 student layers. What fits: an alignment by distance, such as ordered-greedy",
    ]
  `);
  expect(errors('v6-floor2', 2)).toMatchInlineSnapshot(`
    [
      "Strategy "v6-floor2" selects 4 teacher layers, but the teacher has 2. What fits: k from 1 to 2",
      "Strategy "v6-floor2" raises its first layer to 2, but the teacher's layers are 0 to 1. What fits: firstLayerFloor none, or at most 1",
    ]
  `);
});

test('a schedule that keeps alignments longer than draws, or weights that gradient flows through, is refused', () => {
  const v5 = findStrategy('v5').strategy;
  const alp = findStrategy('alp-kd').strategy;
  if (v5.kind !== 'composed' || alp.kind !== 'composed') throw new Error('expected composed strategies');
  const depths = { name: 'inline', teacherLayers: 12, studentLayers: 12 };
  const kept = { ...v5.schedule, realignEverySteps: 10 };
  expect(validateStrategy({ ...v5, schedule: kept }, depths)).toMatchInlineSnapshot(`
    [
      "Strategy "inline" keeps an alignment for 10 steps, but draws new layers every 1. What fits: realignEverySteps of at most 1",
    ]
  `);
  expect(
    validateStrategy({ ...alp, schedule: { ...alp.schedule, realignEverySteps: 10 } }, depths),
  ).toMatchInlineSnapshot(`
    [
      "Strategy "inline" lets gradient flow through weights that it keeps for 10 steps. What fits: realignEverySteps 1, or gradientThroughWeights false",
    ]
  `);
});

test('another k is set where a selection has one, and refused by name elsewhere', () => {
  expect(withK(findStrategy('v5').strategy, 6).selection).toEqual({ kind: 'random', k: 6, firstLayerFloor: 'none' });
  expect(() => withK(findStrategy('all-layers').strategy, 6, 'all-layers')).toThrowErrorMatchingInlineSnapshot(
    `[NoLayerCountError: Strategy "all-layers" has no k to set: it takes every teacher layer. Leave k out for it, or take a strategy whose selection has one, such as v4 or uniform-4]`,
  );
  expect(() => withK(findStrategy('none').strategy, 6, 'none')).toThrowErrorMatchingInlineSnapshot(
    `[NoLayerCountError: Strategy "none" has no k to set: it distils no layers. Leave k out for it, or take a strategy whose selection has one, such as v4 or uniform-4]`,
  );
  expect(() => withK(findStrategy('v4').strategy, 0, 'v4')).toThrowErrorMatchingInlineSnapshot(
    `[NoLayerCountError: Expected k for strategy "v4" to be an integer from 1 to 64, got 0]`,
  );
});

test('equal strategies have equal canonical text and hash, whatever the order of their keys', () => {
  const { strategy } = findStrategy('v4');
  const reordered = Object.fromEntries(Object.entries(strategy).reverse());
  expect(canonicalJson(strategySchema.parse(reordered))).toBe(canonicalJson(strategy));
  expect(canonicalJson(strategy)).toMatchInlineSnapshot(
    `"{"alignment":{"fallback":"drop","from":"top","kind":"ordered-greedy"},"kind":"composed","normalisation":{"distance":"mse","padding":"counted","reduction":{"kind":"sum"}},"schedule":{"realignEverySteps":1,"redraw":{"kind":"once"}},"selection":{"k":4,"kind":"uniform"},"survivors":"head-or-mlp"}"`,
  );
  expect(strategySha256(strategy)).toMatchInlineSnapshot(
    `"0daa0013a9c9114256fddf2c32f934167cc991fca2f08d3bd42e4d19eb7747f1"`,
  );
});
