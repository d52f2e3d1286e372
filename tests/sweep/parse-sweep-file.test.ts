import { describe, expect, test } from 'vitest';
import { parseSweepFile } from '../../src/sweep/index.ts';
import { errorsOf, parsed, sweepText } from './context.ts';

describe('a sweep file', () => {
  test('is plain data with the defaults filled in', () => {
    const { positions, parameters, ...sweep } = parsed(sweepText());
    expect(positions.get('parameters.task.value')).toEqual({ line: 5, column: 18 });
    expect(parameters.map((one) => one.name)).toEqual(['task', 'strategy']);
    expect(sweep).toMatchInlineSnapshot(`
      {
        "backend": "builtin",
        "data": {
          "path": null,
          "source": null,
          "split": "heldout-train",
        },
        "description": "",
        "file": "sweep.yaml",
        "method": "grid",
        "metric": {
          "goal": "maximize",
          "name": "score",
        },
        "model": {
          "layers": 6,
          "source": "embedded",
        },
        "name": "test",
        "questions": [],
        "randomSeed": 0,
        "resources": {
          "checkpointEverySteps": 100,
          "gpuMemoryGb": null,
          "gpusPerRun": 1,
          "runsPerGpu": 1,
          "slots": null,
          "threads": 1,
        },
        "runCap": null,
        "runs": [],
        "teacher": null,
      }
    `);
  });

  test('understands every common spelling of a task', () => {
    const text = sweepText()
      .replace('value: movies', 'values: [STSB, SST-2, sst_2x, RTE]')
      .replace('sst_2x', 'Movie snippets');
    expect(parsed(text).parameters[0]?.space).toMatchObject({ values: ['stsb', 'sst2', 'movies', 'rte'] });
    expect(errorsOf(sweepText().replace('value: movies', 'values: [sts-b, stsb]'))).toMatchInlineSnapshot(
      `"sweep.yaml:5:27 parameters.task.values[1]: "stsb" is listed twice: keep one"`,
    );
  });

  test('takes a strategy that is written out, what it leaves out being that of v4', () => {
    const text = sweepText().replace(
      '[none, v4]',
      '[none, { name: mine, alignment: { kind: nearest }, schedule: { realign_every_steps: 10 } }]',
    );
    expect(parsed(text).parameters[1]?.space).toMatchObject({
      values: [
        { label: 'none' },
        {
          label: 'mine',
          strategy: {
            selection: { kind: 'uniform', k: 4 },
            alignment: { kind: 'nearest' },
            survivors: 'head-or-mlp',
            schedule: { redraw: { kind: 'once' }, realignEverySteps: 10 },
          },
        },
      ],
    });
  });
});

describe('errors', () => {
  test('are all reported at once, each with its line, its column and what was expected', () => {
    expect(
      errorsOf(`name: Bad Name
methd: grid
method: gird
parameters:
  task: {values: [sts_b, moveis, SST-2]}
  strategy: {values: [v44, {name: x, selection: {kind: unform, k: 3}}, {name: v4, survivor: all}]}
  learning_rate: {value: 3}
  prune_learnin_rate: {value: 1}
  sparsity: {values: [60, 0.5, 0.5]}
  calibrate: {value: maybe}
  seed: 1
  k: {value: }
  gates: {value: [heads, hedden]}
  batch_size:
    values: []
  max_length: {value: 1000}
  precision: {value: float32, values: [float64]}
model: {source: embeded, layers: 6}
early_terminate: {type: hyperband}
resources: {thread: 2, slots: 0}
`),
    ).toMatchInlineSnapshot(`
      "sweep.yaml:1:7 name: Expected 1 to 64 small letters, digits and hyphens, the first no hyphen, got "Bad Name"
      sweep.yaml:2:1 methd: Unknown key "methd". Did you mean "method"?
      sweep.yaml:3:9 method: Expected one of grid, random, list, got "gird". Did you mean "grid"?
      sweep.yaml:5:26 parameters.task.values[1]: Unknown task "moveis". Did you mean "movies"?
      sweep.yaml:6:23 parameters.strategy.values[0]: Unknown strategy "v44". Did you mean "v4"?
      sweep.yaml:6:56 parameters.strategy.values[1].selection.kind: Expected \`kind\` to be one of fixed, uniform, all, last, first, random, window, random-plus-last, cyclic-windows, expected-sparsity, by-task, got "unform". Did you mean "uniform"?
      sweep.yaml:6:79 parameters.strategy.values[2].name: Expected a name that the catalogue does not have, got "v4"
      sweep.yaml:6:83 parameters.strategy.values[2].survivor: Unknown key "survivor". Did you mean "survivors"?
      sweep.yaml:7:3 parameters.learning_rate: Unknown parameter "learning_rate". Here it is teacher_learning_rate, prune_learning_rate and finetune_learning_rate
      sweep.yaml:8:3 parameters.prune_learnin_rate: Unknown parameter "prune_learnin_rate". Did you mean "prune_learning_rate"?
      sweep.yaml:9:23 parameters.sparsity.values[0]: Expected a share below 1 (0.6 for 60%), got 60
      sweep.yaml:10:22 parameters.calibrate.value: Expected true or false, got "maybe"
      sweep.yaml:11:9 parameters.seed: Expected a mapping with \`value\`, \`values\` or \`min\` and \`max\`, got 1: write \`seed: {value: …}\`
      sweep.yaml:12:14 parameters.k.value: Expected a value, got an empty one
      sweep.yaml:13:18 parameters.gates.value: Expected one of heads, intermediate, hidden, attention-layer, feed-forward-layer, got "hedden". Did you mean "hidden"?
      sweep.yaml:15:13 parameters.batch_size.values: Expected at least one value, got none
      sweep.yaml:16:23 parameters.max_length.value: Expected a number of at most 512, got 1000
      sweep.yaml:17:14 parameters.precision: Expected exactly one of \`value\`, \`values\`, and \`min\` with \`max\`
      sweep.yaml:18:17 model.source: Expected \`source\` to be one of embedded, directory, hub, random, got "embeded". Did you mean "embedded"?
      sweep.yaml:19:1 early_terminate: early_terminate is not built yet: remove it; every run goes to its end
      sweep.yaml:20:13 resources.thread: Unknown key "thread". Did you mean "threads"?
      sweep.yaml:20:31 resources.slots: Expected a number of at least 1, got 0"
    `);
  });

  test('tell a key that the chosen kind of model does not know from those that it does', () => {
    const withModel = (model: string) => errorsOf(`model: ${model}\n${sweepText()}`);
    expect(withModel('{ source: random, layers: 4, hiddenSize: 64 }')).toContain('Did you mean "hidden_size"?');
    expect(withModel('{ source: hub, name: a/b, revison: main }')).toContain('Did you mean "revision"?');
    expect(withModel('{ source: embedded, colour: red }')).toContain('known here: source, layers');
  });

  test('name the depth, and what would fit, where a strategy does not', () => {
    expect(
      errorsOf(
        sweepText('k: { value: 7 }').replace(
          '[none, v4]',
          '[published/v4, v3, { name: far, selection: { kind: fixed, layers: [2, 8] } }]',
        ),
      ),
    ).toMatchInlineSnapshot(`
      "sweep.yaml:6:24 parameters.strategy.values[0]: Strategy "published/v4" is the published code, which works with 12 teacher and 12 student layers only; got 6 and 6. For this depth take v4
      sweep.yaml:6:38 parameters.strategy.values[1]: Strategy "v3 with k 7" selects 7 teacher layers, but the teacher has 6. What fits: k from 1 to 6
      sweep.yaml:6:42 parameters.strategy.values[2]: Strategy "far" selects teacher layer 8, but the teacher has 6, numbered 0 to 5. What fits: 2, 5 (uniform-2)"
    `);
  });

  test('say what is known and not built yet', () => {
    expect(
      errorsOf(
        sweepText().replace('method: grid', 'method: bayes\nbackend: upstream\nprogram: train.py\nproject: mine'),
      ),
    ).toMatchInlineSnapshot(`
      "sweep.yaml:2:9 method: "bayes" is not built yet: take grid, random or list
      sweep.yaml:3:10 backend: Expected builtin, command or cofi, got "upstream"
      sweep.yaml:4:1 program: \`program\` belongs to \`backend: command\`: add that, or remove it
      sweep.yaml:5:1 project: W&B's \`project\` has no meaning here: remove it; results go to results/NAME"
    `);
  });

  test('find what does not go together', () => {
    expect(
      errorsOf(sweepText('preset: { value: paper }\nprune_steps: { value: 10 }\nprune_epochs: { value: 1 }')),
    ).toMatchInlineSnapshot(`
      "sweep.yaml:7:20 parameters.preset.value: Preset "paper" has no settings for task "movies": take embedded-6 or embedded-12
      sweep.yaml:8:25 parameters.prune_steps.value: Expected one of prune_epochs and prune_steps, got both"
    `);
    expect(
      errorsOf(
        sweepText(
          'prune_steps: { value: 10 }\nsparsity_warmup_steps: { value: 20 }\naccumulation_steps: { value: 5 }',
          'data: { split: dev, source: directory }',
        ),
      ),
    ).toMatchInlineSnapshot(`
      "sweep.yaml:3:16 data.split: Expected heldout-train for task "movies", the only split of the embedded sets, got dev
      sweep.yaml:5:18 parameters.task.value: Task "movies" is embedded, it does not come from a directory: leave data.source out
      sweep.yaml:8:35 parameters.sparsity_warmup_steps.value: Expected sparsity_warmup_steps to be at most prune_steps 10, got 20
      sweep.yaml:9:32 parameters.accumulation_steps.value: Expected accumulation_steps to divide batch_size 32, got 5
      sweep.yaml:9:32 parameters.accumulation_steps.value: Expected accumulation_steps to divide finetune_batch_size 32, got 5"
    `);
    expect(errorsOf(sweepText('k: { value: 3 }').replace('[none, v4]', '[none, last-4]'))).toMatchInlineSnapshot(
      `"sweep.yaml:7:15 parameters.k.value: \`k\` applies to none of the strategies: each has its number of layers in its name, or none at all"`,
    );
  });

  test('gates that start with every sublayer off are refused for strategies that match survivors alone', () => {
    const errors = (logit: number, more = '') => errorsOf(sweepText(`initial_logit: { value: ${logit} }\n${more}`));
    expect(errors(-2)).toMatchInlineSnapshot(
      `"sweep.yaml:7:27 parameters.initial_logit.value: No student layer survives where the gates start: at initial_logit -2 the gate of a sublayer is off, and strategy "v4" matches survivors alone. Expected at least -1.60, or a strategy with survivors all"`,
    );
    expect(errors(-1.59)).toBe('no errors');
    expect(errors(-2, 'gates: { value: [heads, intermediate] }')).toBe('no errors');
  });

  test.each([
    ['an empty file', ''],
    ['a comment alone', '# nothing\n'],
    ['a list', '- a\n'],
    ['a text', 'name\n'],
    ['a tab as indent', 'name: a\nparameters:\n\ttask: { value: movies }\n'],
    ['a tab in the middle', sweepText().replace('  strategy', '\tstrategy')],
    ['a duplicate key', 'name: a\nname: b\nmethod: grid\nparameters: {task: {value: rte}, strategy: {value: v4}}\n'],
    ['two documents', 'name: a\n---\nname: b\n'],
    ['an unclosed bracket', 'name: [a\nmethod: grid\n'],
    ['a name that is taken', sweepText().replace('name: test', 'name: stages')],
    ['no parameters', 'name: a\nmethod: grid\nparameters:\n'],
    ['missing keys', 'description: x\n'],
    ['an unknown alias', sweepText().replace('value: movies', 'value: *nowhere')],
    ['an alias of itself', 'name: a\nmethod: grid\nparameters: &p { task: *p }\n'],
    ['a merge key', `x: &x { a: 1 }\n${sweepText().replace('value: movies', '<<: *x')}`],
    ['a custom tag', sweepText().replace('value: movies', 'value: !python/object movies')],
    ['a list as key', 'name: a\nmethod: grid\n? [a, b]\n: 1\n'],
    ['deep brackets', `name: ${'['.repeat(1000)}\n`],
    ['deep lists', `${'- '.repeat(5000)}x\n`],
    ['a prototype', sweepText('__proto__: { value: 1 }')],
  ])('are one clear sentence for %s', (_, text) => {
    expect(errorsOf(text)).toMatchSnapshot();
  });

  test('refuse an alias bomb before it grows', () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `  a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`,
    );
    const text = `name: bomb\nmethod: grid\nparameters:\n  a0: &a0 [x]\n${levels.join('\n')}\n`;
    expect(errorsOf(text)).toContain('More than 200,000 values once aliases are expanded');
  });

  test('refuse a file that is far too long', () => {
    expect(errorsOf(`# ${'x'.repeat(2_000_000)}`)).toMatchInlineSnapshot(
      `"sweep.yaml:1:1 Expected a sweep file of at most 1,000,000 characters, got 2,000,002"`,
    );
  });
});

describe('warnings', () => {
  test('name the values that W&B would read differently', () => {
    const text = sweepText(
      'prune_learning_rate: { value: 1e-5 }\nseed: { value: 010 }\nteacher_learning_rate: { value: 1.0e-5 }',
      'description: on',
    );
    const result = parseSweepFile(text, 'sweep.yaml');
    expect(
      result.ok ? result.warnings.map((one) => `${one.line}:${one.column} ${one.path} ${one.message}`) : result.errors,
    ).toMatchInlineSnapshot(`
      [
        "3:14 description YAML 1.1 (W&B) reads on as true, here it is the text "on": write true or "on"",
        "7:33 parameters.prune_learning_rate.value YAML 1.1 (W&B) reads 1e-5 as text, here it is the number 0.00001: write 1.0e-5",
        "8:18 parameters.seed.value YAML 1.1 (W&B) reads 010 as octal 8, here it is 10: write it without leading zeros",
      ]
    `);
  });
});
