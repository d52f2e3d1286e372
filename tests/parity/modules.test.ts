import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer, MadeStep } from '../../scripts/fuzz-parity/answer.ts';
import { type Case, decode, encode, type Mode } from '../../scripts/fuzz-parity/case.ts';
import { checkCase } from '../../scripts/fuzz-parity/check-case.ts';
import { type ModuleRunner, startModules } from '../../scripts/fuzz-parity/modules.ts';
import { randomCase } from '../../scripts/fuzz-parity/random-case.ts';
import { catalogue, findStrategy } from '../../src/strategy/catalogue.ts';
import { runPython } from '../strategy/python.ts';

// Named by `npm run test:parity -- --device cuda`; the CPU otherwise.
const device: Mode['device'] = process.env.LAYERSWEEP_PARITY_DEVICE === 'cuda' ? 'cuda' : 'cpu';
const isThere =
  device === 'cpu' || (await runPython('import json, torch; print(json.dumps(torch.cuda.is_available()))'));
const withLayerLoss = catalogue.filter(({ strategy }) => strategy.kind !== 'none');
const fixtures = fileURLToPath(new URL('../fixtures/parity', import.meta.url));

describe.skipIf(!isThere)(isThere ? `on ${device}` : `on ${device}: skipped, torch finds no such device`, () => {
  let dir = '';
  let modules: ModuleRunner;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'layersweep modules '));
    modules = await startModules(dir);
  });
  afterAll(async () => {
    await modules.close();
    await rm(dir, { recursive: true });
  });

  const run = async (fuzzed: Case) => checkCase(fuzzed, await modules.run(fuzzed));

  test.each(withLayerLoss)('the module of $name agrees with the reference on 12 random cases', async (entry) => {
    for (let index = 0; index < 12; index++) {
      const { name: strategyName, strategy } = entry;
      expect(await run(randomCase(11, index, device, () => ({ strategyName, strategy }))), `case ${index}`).toBeNull();
    }
  });

  test('modules of strategies put together by chance agree with the reference on 300 random cases', async () => {
    for (let index = 0; index < 300; index++) {
      expect(await run(randomCase(12, index, device)), `case ${index}`).toBeNull();
    }
  });

  test('inputs on which a module once disagreed agree', async () => {
    const files = (await readdir(fixtures).catch(() => [])).filter((name) => name.endsWith('.json'));
    for (const file of files) {
      const fuzzed: Case = JSON.parse(await readFile(join(fixtures, file), 'utf8'));
      expect(await run({ ...fuzzed, mode: { ...fuzzed.mode, device } }), file).toBeNull();
    }
  });

  test.each<[string, (step: MadeStep) => MadeStep]>([
    ['loss', (step) => ({ ...step, loss: scaled(step.loss, 1.001) })],
    [
      'weights_kS',
      (step) => ({ ...step, weights: rolled(step.weights), state: { ...step.state, weights: rolled(step.weights) } }),
    ],
    ['distances_kS', (step) => ({ ...step, distances: scaled(step.distances, 1.001) })],
    ['drawn_layers', (step) => ({ ...step, drawnLayers: step.drawnLayers.toReversed() })],
    ['realigned', (step) => ({ ...step, realigned: !step.realigned })],
    [
      'gradient',
      (step) => ({ ...step, gradients: { ...step.gradients, weight: scaled(step.gradients.weight, 1.01) } }),
    ],
  ])('a wrong %s would be found', async (what, spoil) => {
    const fuzzed = plainCase();
    const answer = await modules.run(fuzzed);
    expect(checkCase(fuzzed, answer)).toBeNull();
    const spoilt: Answer = { ...answer, steps: answer.steps.map((step) => ('error' in step ? step : spoil(step))) };
    expect(checkCase(fuzzed, spoilt)).toContain(what);
  });

  // A float64 case of v5 with all layers alive, so that nothing hides behind a tolerance or an error.
  function plainCase(): Case {
    const { name: strategyName, strategy } = findStrategy('v5');
    for (let index = 0; ; index++) {
      const fuzzed = randomCase(13, index, device, () => ({ strategyName, strategy }));
      const largest = Math.max(...decode(fuzzed.steps[0]?.studentStates ?? ''));
      const isPlain = largest > 0.5 && largest < 5 && fuzzed.size.studentLayers === 12 && fuzzed.size.width > 2;
      if (!isPlain || fuzzed.mode.statesDtype !== 'float64') continue;
      const steps = fuzzed.steps
        .slice(0, 1)
        .map((step) => ({ ...step, headLayerZ: null, mlpZ: null, drawnLayers: null }));
      return { ...fuzzed, steps };
    }
  }
});

function scaled(text: string, factor: number): string {
  return encode(decode(text).map((value) => value * factor));
}

function rolled(text: string): string {
  const values = decode(text);
  return encode([...values.subarray(1), ...values.subarray(0, 1)]);
}
