import { expect, test } from 'vitest';
import { findStrategy } from '../../src/strategy/catalogue.ts';
import { initialState, type LayerLossInputs, referenceLayerLoss } from '../../src/strategy/reference/index.ts';
import { withK } from '../../src/strategy/with-k.ts';

const strategy = withK(findStrategy('v4').strategy, 2);
const layers = [0, 1, 2, 3];
const states = () => layers.map((layer) => Float64Array.of(layer, 1));

/** Teacher layers 1 and 3 are selected; student layer 2 is pruned. */
const inputs: LayerLossInputs = {
  batch: 1,
  tokens: 1,
  width: 2,
  studentWidth: 2,
  teacherStates: states(),
  studentStates: states(),
  transform: { weight: Float64Array.of(1, 0, 0, 1), bias: Float64Array.of(0, 0) },
  headLayerZ: Float64Array.of(1, 1, 0, 1),
  mlpZ: Float64Array.of(1, 1, 0, 1),
  attentionMask: null,
  step: 17,
  seed: 1,
  epoch: null,
  expectedLayers: null,
  layerImportance: null,
  drawnLayers: null,
  globalRandom: null,
};

test.each(['teacher', 'student'] as const)(
  'the reference refuses states of a %s that it looks at, and no others',
  (side) => {
    const spoil = (layer: number) => {
      const spoiled = states();
      spoiled[layer]?.fill(Number.NaN);
      return referenceLayerLoss(strategy, { ...inputs, [`${side}States`]: spoiled }, initialState).output.loss;
    };
    const [seen, unseen] =
      side === 'teacher'
        ? [
            [1, 3],
            [0, 2],
          ]
        : [[0, 1, 3], [2]];
    for (const layer of seen)
      expect(() => spoil(layer)).toThrow(`Step 17: the states of ${side} layer ${layer} are not all finite`);
    for (const layer of unseen) expect(spoil(layer)).toBe(0);
  },
);
