import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorsOf, parsed, planned, sweepText } from './context.ts';

/** What a run of the plan is about, by a few parameters. */
function runsOf(text: string, ...names: string[]): string[] {
  return planned(text).runs.map(({ parameters }) => names.map((name) => String(parameters[name] ?? '–')).join(' '));
}

describe('a grid', () => {
  test('has every combination once, the last parameter varying fastest', () => {
    expect(
      runsOf(sweepText('sparsity: { values: [0.6, 0.9] }\nseed: { values: [1, 2] }'), 'strategy', 'sparsity', 'seed'),
    ).toEqual(['none 0.6 1', 'none 0.6 2', 'none 0.9 1', 'none 0.9 2', 'v4 0.6 1', 'v4 0.6 2', 'v4 0.9 1', 'v4 0.9 2']);
  });

  test('makes one run where k changes nothing', () => {
    expect(
      runsOf(sweepText('k: { values: [1, 2, 3] }').replace('[none, v4]', '[none, v4, last-4]'), 'strategy', 'k'),
    ).toEqual(['none –', 'v4 1', 'v4 2', 'v4 3', 'last-4 4']);
  });

  test('enumerates ranges of whole numbers and of steps', () => {
    const text = sweepText(
      'seed: { min: 1, max: 3 }\nsparsity: { min: 0.5, max: 0.9, q: 0.2, distribution: q_uniform }',
    );
    expect(runsOf(text.replace('[none, v4]', '[v4]'), 'seed', 'sparsity')).toEqual([
      '1 0.5',
      '1 0.7',
      '1 0.9',
      '2 0.5',
      '2 0.7',
      '2 0.9',
      '3 0.5',
      '3 0.7',
      '3 0.9',
    ]);
  });

  test('stops at run_cap', () => {
    expect(runsOf(sweepText('seed: { values: [1, 2, 3] }', 'run_cap: 4'), 'strategy', 'seed')).toEqual([
      'none 1',
      'none 2',
      'none 3',
      'v4 1',
    ]);
  });

  test('leaves a parameter out where its condition does not hold', () => {
    const text = sweepText(`
layer_weight: { values: [0.5, 0.9], when: { strategy: [v4] } }
draw_seed: { values: [7, 8], when: { layer_weight: 0.5 } }
`);
    expect(runsOf(text, 'strategy', 'layer_weight', 'draw_seed')).toEqual([
      'none – –',
      'v4 0.5 7',
      'v4 0.5 8',
      'v4 0.9 –',
    ]);
  });

  test('of more runs than the limit is refused before it is expanded', () => {
    const seeds = Array.from({ length: 1000 }, (_, i) => i).join(', ');
    const text = sweepText(
      `seed: { values: [${seeds}] }\ninit_seed: { values: [${seeds}] }\ndata_seed: { min: 1, max: 1000 }`,
    );
    expect(errorsOf(text)).toMatchInlineSnapshot(
      `"sweep.yaml:5:3 parameters: Expected at most 100,000 runs, got 2,000,000,000 (strategy 2 × seed 1000 × init_seed 1000 × data_seed (a range)): give fewer values, or a \`run_cap\`"`,
    );
    expect(planned(text.replace('method: grid', 'method: grid\nrun_cap: 3')).runs).toHaveLength(3);
  });

  test('of more runs than the limit only because of conditions that never hold is expanded', () => {
    const seeds = Array.from({ length: 1000 }, (_, i) => i).join(', ');
    const conditional = `k: { value: 3 }\nseed: { values: [${seeds}] }\ndraw_seed: { values: [${seeds}], when: { k: [3], strategy: [none] } }`;
    expect(errorsOf(sweepText(conditional))).toContain('Expected at most 100,000 runs, got more');
    const few = conditional.replace('strategy: [none]', 'seed: [5]').replace('draw_seed', 'gate_seed');
    expect(planned(sweepText(few)).runs).toHaveLength(2 * (999 + 1000));
  });
});

describe('a list', () => {
  test('has its own runs, each with the values of its own over those of the sweep', () => {
    const text = `name: test
method: list
parameters:
  task: { value: movies }
  seed: { values: [1, 2] }
  sparsity: { value: 0.6 }
runs:
  - { strategy: v4, k: 2 }
  - { strategy: none, sparsity: 0.9 }
  - { strategy: v3, seed: 9 }
`;
    expect(runsOf(text, 'strategy', 'k', 'sparsity', 'seed')).toEqual([
      'v4 2 0.6 1',
      'v4 2 0.6 2',
      'none – 0.9 1',
      'none – 0.9 2',
      'v3 4 0.6 9',
    ]);
  });

  test('needs its runs, and what every run needs in each of them', () => {
    expect(errorsOf('name: a\nmethod: list\n')).toMatchInlineSnapshot(
      `"sweep.yaml:2:9 method: list needs \`runs\`, a list of mappings"`,
    );
    expect(
      errorsOf('name: a\nmethod: list\nruns:\n  - { task: rte }\n  - { strategy: v4, kk: 3 }\n  - 3\n'),
    ).toMatchInlineSnapshot(`
      "sweep.yaml:4:5 runs[0]: Missing parameter: strategy
      sweep.yaml:5:5 runs[1]: Missing parameter: task
      sweep.yaml:5:21 runs[1].kk: Unknown parameter "kk". Did you mean "k"?
      sweep.yaml:6:5 runs[2]: Expected a mapping, got 3"
    `);
    expect(errorsOf(sweepText('', 'runs: [{ seed: 1 }]'))).toMatchInlineSnapshot(
      `"sweep.yaml:3:1 runs: \`runs\` needs \`method: list\`"`,
    );
  });
});

describe('random draws', () => {
  const text = (cap: number, more = '') =>
    sweepText(
      `seed: { min: 0, max: 1000000 }
sparsity: { min: 0.5, max: 0.95 }
gate_learning_rate: { min: 0.001, max: 1, distribution: log_uniform_values }
prediction_weight: { values: [0.1, 0.5, 0.9], probabilities: [0.2, 0.0, 0.8] }
${more}`,
      `run_cap: ${cap}\nrandom_seed: 4`,
    ).replace('method: grid', 'method: random');

  test('are the same for the same seed, and more runs leave the first ones as they were', () => {
    const few = planned(text(10)).runs;
    expect(few).toHaveLength(10);
    expect(planned(text(20)).runs.slice(0, 10)).toEqual(few);
  });

  test('of one parameter do not change when another is added', () => {
    const drawn = (more: string) =>
      runsOf(text(10, more), 'seed', 'sparsity', 'gate_learning_rate', 'prediction_weight');
    expect(drawn('layer_weight: { min: 0.1, max: 0.2 }')).toEqual(drawn(''));
  });

  test('lie in their ranges and follow their probabilities', () => {
    const runs = planned(text(2000)).runs.map((run) => run.parameters);
    expect(runs.every((one) => Number(one.sparsity) >= 0.5 && Number(one.sparsity) <= 0.95)).toBe(true);
    expect(runs.every((one) => Number.isInteger(one.seed))).toBe(true);
    const rates = runs.map((one) => Math.log10(Number(one.gate_learning_rate)));
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(-3);
    expect(rates.filter((rate) => rate < -1.5).length / 2000).toBeCloseTo(0.5, 1);
    const heavy = runs.filter((one) => one.prediction_weight === 0.9).length / 2000;
    expect(heavy).toBeCloseTo(0.8, 1);
    expect(runs.some((one) => one.prediction_weight === 0.5)).toBe(false);
  });

  test('need run_cap, and end where nothing new is left to draw', () => {
    expect(errorsOf(sweepText().replace('method: grid', 'method: random'))).toMatchInlineSnapshot(
      `"sweep.yaml:2:9 method: random needs \`run_cap\`, the number of runs"`,
    );
    expect(planned(sweepText('', 'run_cap: 50').replace('method: grid', 'method: random')).runs).toHaveLength(2);
  });

  test('are wrong in a grid', () => {
    expect(
      errorsOf(sweepText('sparsity: { min: 0.5, max: 0.9 }\nseed: { values: [1, 2], probabilities: [0.5, 0.5] }')),
    ).toMatchInlineSnapshot(`
      "sweep.yaml:7:13 parameters.sparsity: A range of uniform needs \`method: random\`; with grid write the \`values\` out
      sweep.yaml:8:42 parameters.seed.probabilities: \`probabilities\` needs \`method: random\`"
    `);
    expect(
      errorsOf(sweepText('sparsity: { min: 0.9, max: 0.5 }\nseed: { min: 1 }\ngates: { min: 1, max: 2 }')),
    ).toMatchInlineSnapshot(`
      "sweep.yaml:7:13 parameters.sparsity: Expected \`min\` to be at most \`max\`, got 0.9 and 0.5
      sweep.yaml:7:13 parameters.sparsity: A range of uniform needs \`method: random\`; with grid write the \`values\` out
      sweep.yaml:8:9 parameters.seed: Expected both \`min\` and \`max\`
      sweep.yaml:9:10 parameters.gates: A range cannot be given for gates: write its \`values\`"
    `);
  });
});

test('conditions are checked: known parameters, possible values, no circles', () => {
  expect(
    errorsOf(
      sweepText(`
seed: { value: 1, when: { stratgy: [v4] } }
init_seed: { value: 1, when: { strategy: [v44, v6] } }
data_seed: { value: 1, when: { gate_seed: 1 } }
gate_seed: { value: 1, when: { data_seed: 1 } }
`),
    ),
  ).toMatchInlineSnapshot(`
    "sweep.yaml:7:29 parameters.seed.when.stratgy: The condition names "stratgy", which is not among the parameters. Did you mean "strategy"?
    sweep.yaml:8:45 parameters.init_seed.when.strategy[0]: "strategy" never has the value "v44". Did you mean "v4"?
    sweep.yaml:8:50 parameters.init_seed.when.strategy[1]: "strategy" never has the value "v6". Did you mean "v4"?
    sweep.yaml:10:34 parameters.gate_seed.when.data_seed: The conditions of "gate_seed" and "data_seed" depend on each other"
  `);
});

test('the number of runs of a grid is the product of its values', () => {
  const sizes = fc.record({
    seeds: fc.integer({ min: 1, max: 6 }),
    inits: fc.integer({ min: 1, max: 6 }),
    cap: fc.integer({ min: 1, max: 100 }),
  });
  fc.assert(
    fc.property(sizes, ({ seeds, inits, cap }) => {
      const list = (count: number) => Array.from({ length: count }, (_, i) => i + 50).join(', ');
      const text = sweepText(
        `seed: { values: [${list(seeds)}] }\ngate_seed: { values: [${list(inits)}] }`,
        `run_cap: ${cap}`,
      );
      expect(planned(text).runs).toHaveLength(Math.min(cap, 2 * seeds * inits));
      expect(parsed(text).runCap).toBe(cap);
    }),
    { numRuns: 50 },
  );
});
