import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findStrategy } from '../../src/strategy/catalogue.ts';
import { range } from '../../src/strategy/random/python-random.ts';
import { drawLayers } from '../../src/strategy/reference/index.ts';
import { emitModule } from '../../src/strategy/torch/index.ts';
import { runPython } from '../strategy/python.ts';

// Above 32 bits, and one of the seeds that come by every list early.
const seed = 2 ** 33 + 27;

test.each([
  ['v5-floor2', 1929, 291],
  ['v6-floor2', 500, 27],
])(
  'the module of %s draws over %i steps what the reference draws, all %i lists among them',
  async (name, steps, lists) => {
    const { strategy } = findStrategy(name);
    if (strategy.kind !== 'composed') throw new Error('expected a composed strategy');
    const context = { teacherLayers: 12, seed, expectedLayers: null, layerImportance: null };
    const drawn = range(steps).map((redrawIndex) => drawLayers(strategy.selection, { ...context, redrawIndex }));
    expect(new Set(drawn.map(String)).size).toBe(lists);
    const dir = await mkdtemp(join(tmpdir(), 'layersweep draws '));
    await writeFile(join(dir, 'emitted.py'), emitModule(name, strategy));
    expect(await runPython(moduleDraws, { dir, seed, steps })).toEqual(drawn);
    await rm(dir, { recursive: true });
  },
);

const moduleDraws = `
import json, sys, torch
asked = json.load(sys.stdin)
sys.path.insert(0, asked["dir"])
import emitted
layers = [torch.zeros(1, 1, 1) for _ in range(12)]
gates = torch.zeros(12)
state, drawn = emitted.INITIAL_STATE, []
for step in range(asked["steps"]):
    inputs = emitted.LayerLossInputs(layers, layers, lambda x: x, gates, gates, step, asked["seed"])
    output, state = emitted.layer_loss(inputs, state)
    drawn.append(list(output.drawn_layers))
print(json.dumps(drawn))`;
