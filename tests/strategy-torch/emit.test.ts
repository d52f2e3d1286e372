import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogue, findStrategy } from '../../src/strategy/catalogue.ts';
import { canonicalJson, strategySha256 } from '../../src/strategy/identity.ts';
import type { ComposedStrategy } from '../../src/strategy/specification/strategy.ts';
import { emitModule, UnsupportedStrategyError } from '../../src/strategy/torch/index.ts';

const v4 = findStrategy('v4').strategy as ComposedStrategy;
const generated = join(import.meta.dirname, '../../python/layersweep/generated');
const emitted = catalogue.filter(({ strategy }) => strategy.kind !== 'none');

describe('an emitted module', () => {
  it.each(emitted.map(({ name, strategy }) => ({ name, strategy })))(
    '$name carries its specification, hash and needs',
    ({ name, strategy }) => {
      const code = emitModule(name, strategy);
      const json = [...(/STRATEGY: str = \(\n([^)]*)\)/.exec(code)?.[1] ?? '').matchAll(/^ {4}(["'])(.*)\1$/gm)];
      expect(json.map(([, , piece]) => piece).join('')).toBe(canonicalJson(strategy));
      expect(code).toContain(`STRATEGY_SHA256: str = "${strategySha256(strategy)}"`);
      expect(code).toContain('def layer_loss(');
      expect(code).toContain('def calculate_layer_distillation_loss(');
      expect(code.split('\n').length).toBeLessThan(430);
    },
  );

  it('is the same bytes for the same strategy, whatever the order of its keys', () => {
    const turned = Object.fromEntries(Object.entries(v4).reverse()) as ComposedStrategy;
    expect(emitModule('v4', turned)).toBe(emitModule('v4', v4));
  });

  it('has lines of at most 120 characters, however long its name', () => {
    for (const length of [1, 44, 45, 46, 90]) {
      const lines = emitModule('a'.repeat(length), v4).split('\n');
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
      expect(lines.slice(0, 2).join(' ')).toContain('`, a module of its own: torch and nothing else.');
    }
  });

  it('names what the strategy needs', () => {
    const masked = { ...v4, normalisation: { ...v4.normalisation, padding: 'masked' as const } };
    expect(emitModule('x', masked)).toContain('NEEDS: Tuple[str, ...] = ("attention-mask",)');
  });

  it('holds only what its strategy needs', () => {
    const fixed = emitModule('x', { ...v4, alignment: { kind: 'identity' }, survivors: 'all' });
    for (const absent of ['import random', '_columns', '_spread', '_gate(', '_pair_count', 'logger', 'on_host']) {
      expect(fixed).not.toContain(absent);
    }
  });

  it('shows a researcher what it does', () => {
    const { loss, choice } = parts(emitModule('v4', v4));
    expect(loss).toMatchInlineSnapshot(`
      "def layer_loss(inputs: LayerLossInputs, state: LayerLossState) -> Tuple[LayerLossOutput, LayerLossState]:
          """The layer loss of one step, and what the next step needs of it.

          Raises InputError where the inputs do not fit together, NonFiniteError for NaN or infinite states.
          """
          redraw_index = 0
          drawn_layers = tuple(_select_layers(inputs) if inputs.drawn_layers is None else inputs.drawn_layers)
          alive = _survivors(inputs, drawn_layers)
          total, weights_kS, distances_kS = _align(inputs, drawn_layers, alive)
          _check_finite(inputs, drawn_layers, alive, weights_kS, total)
          loss = total
          weights_kS = weights_kS.detach()
          output = LayerLossOutput(loss, drawn_layers, weights_kS, distances_kS, None, True)
          return output, LayerLossState(drawn_layers, redraw_index, inputs.step, weights_kS)"
    `);
    expect(choice).toMatchInlineSnapshot(`
      "def _columns(distances_kA: Tensor) -> Tuple[Tensor, Tensor]:
          """Each row's survivor, and whether it has one; chosen on the device."""
          survivors = distances_kA.shape[1]
          order_A = torch.arange(survivors, device=distances_kA.device)
          last = torch.full_like(order_A[0], survivors)
          columns, matched = [], []
          for distances_A in reversed(distances_kA.unbind()):
              left = last > 0
              taken_A = order_A >= last
              last = torch.where(left, distances_A.masked_fill(taken_A, math.inf).argmin(), last)
              columns.append(last)
              matched.append(left)
          return torch.stack(columns[::-1]), torch.stack(matched[::-1])"
    `);
  });
});

function parts(code: string) {
  const functionNamed = (name: string) =>
    new RegExp(`^def ${name}\\([\\s\\S]*?(?=\\n\\n\\n|$(?![\\s\\S]))`, 'm').exec(code)?.[0];
  return { loss: functionNamed('layer_loss'), choice: functionNamed('_columns') };
}

describe('the emitter refuses', () => {
  it('a strategy without a layer loss', () => {
    expect(() => emitModule('none', { kind: 'none', rescalePrediction: false })).toThrowErrorMatchingInlineSnapshot(
      `[UnsupportedStrategyError: \`none\` has no layer loss, so it has no module]`,
    );
  });

  it.each(['a"""b', 'two words', 'line\nfeed', 'back\\', 'größe', '', 'a'.repeat(91)])('the name %j', (name) => {
    expect(() => emitModule(name, v4)).toThrow(/^Expected a strategy's name to be 1 to 90 of a-z/);
  });

  it('to keep an alignment longer than its layers', () => {
    const schedule = { redraw: { kind: 'steps' as const, every: 2 }, realignEverySteps: 3 };
    expect(() => emitModule('x', { ...v4, schedule })).toThrowErrorMatchingInlineSnapshot(
      `[UnsupportedStrategyError: Expected realignEverySteps to be at most 2, as new layers are drawn every 2 steps; got 3]`,
    );
  });

  it('gradient through weights that are kept', () => {
    const strategy = {
      ...v4,
      alignment: { kind: 'attention' as const, temperature: 1, gradientThroughWeights: true },
      schedule: { redraw: { kind: 'once' as const }, realignEverySteps: 2 },
    };
    expect(() => emitModule('x', strategy)).toThrow(UnsupportedStrategyError);
  });

  it('a published version without all of its quirks', () => {
    const strategy = { kind: 'published' as const, version: 4 as const, quirks: ['depth-12-only' as const] };
    expect(() => emitModule('x', strategy)).toThrowErrorMatchingInlineSnapshot(
      `[UnsupportedStrategyError: Expected the quirks of published version 4 to be depth-12-only, gradient-graph-of-all-pairs, mask-in-rank-order, head-gate-only, unmatched-repeats-last, unstable-sort; got depth-12-only]`,
    );
  });
});

describe('the modules in the repository', () => {
  it('are what the emitter writes now', async () => {
    for (const file of (await readdir(generated)).filter((name) => /^(?:published_)?v\d/.test(name))) {
      const code = await readFile(join(generated, file), 'utf8');
      const entry = emitted.find(
        ({ strategy }) => code.includes(strategySha256(strategy)) && code.includes('@generated'),
      );
      expect(entry, file).toBeDefined();
      const named = emitted.find(({ name }) => `${name.replaceAll(/[-/]/g, '_')}.py` === file);
      expect(code).toBe(named === undefined ? '' : emitModule(named.name, named.strategy));
    }
  });
});
