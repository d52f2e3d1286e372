import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expandCommand, formatSweepErrors, parseCommandSweep, planCommandSweep } from '../../src/sweep/index.ts';

const file = `name: mine
backend: command
program: train.py
method: grid
metric: { name: accuracy }
parameters:
  lr: { values: [0.1, 0.01] }
  wide: { values: [true, false] }
  units: { values: [8, 16], when: { wide: true } }
  seed: { value: 1 }
`;

function errors(text: string): string {
  const parsed = parseCommandSweep(text, 'sweep.yaml');
  return parsed.ok ? '' : formatSweepErrors(parsed.errors);
}

test('a grid of free parameters, conditions respected, becomes one stage a run', () => {
  const parsed = parseCommandSweep(file, 'sweep.yaml');
  if (!parsed.ok) throw new Error(formatSweepErrors(parsed.errors));
  const plan = planCommandSweep(parsed.sweep, { device: 'cpu', folder: '/x', programSha256: null });
  expect(plan.stages.map(({ label }) => label).sort()).toEqual(
    [
      'lr=0.01 wide=false seed=1',
      'lr=0.01 wide=true units=16 seed=1',
      'lr=0.01 wide=true units=8 seed=1',
      'lr=0.1 wide=false seed=1',
      'lr=0.1 wide=true units=16 seed=1',
      'lr=0.1 wide=true units=8 seed=1',
    ].map((label) => label),
  );
  expect(new Set(plan.stages.map(({ key }) => key)).size).toBe(6);
  const other = planCommandSweep(parsed.sweep, { device: 'cpu', folder: '/x', programSha256: 'f00' });
  expect(other.stages.map(({ key }) => key)).not.toContain(plan.stages[0]?.key);
});

test("W&B's macros become arguments, one word each whatever they hold", () => {
  const context = {
    program: 'a b.py',
    interpreter: 'python',
    outputDir: '/out',
    parameters: { lr: 0.1, note: '; echo "x"\n$HOME', amp: true, bias: false },
  };
  expect(expandCommand(['${env}', '${interpreter}', '${program}', '${args}'], context)).toEqual([
    '/usr/bin/env',
    'python',
    'a b.py',
    '--lr=0.1',
    '--note=; echo "x"\n$HOME',
    '--amp=true',
    '--bias=false',
  ]);
  expect(expandCommand(['${args_no_hyphens}'], context)).toContain('lr=0.1');
  expect(expandCommand(['${args_no_boolean_flags}'], context)).toEqual([
    '--lr=0.1',
    '--note=; echo "x"\n$HOME',
    '--amp',
  ]);
  expect(expandCommand(['x', '--rate', '${lr}', 'in-${output_dir}', '${args_json}'], context)).toEqual([
    'x',
    '--rate',
    '0.1',
    'in-/out',
    JSON.stringify(context.parameters),
  ]);
});

test('a parameter value can never become a second word', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const words = expandCommand(['run', '--x', '${x}'], {
        program: null,
        interpreter: 'python',
        outputDir: '',
        parameters: { x: value },
      });
      expect(words).toEqual(['run', '--x', value]);
    }),
  );
});

test('every mistake is told with its place', () => {
  const text = file
    .replace('program: train.py', 'programm: train.py')
    .replace('[8, 16]', '[8, 8]')
    .replace('{ name: accuracy }', '{}');
  expect(errors(text)).toMatchInlineSnapshot(`
    "sweep.yaml:3:1 programm: Unknown key "programm". Did you mean "program"?
    sweep.yaml:5:9 metric.name: Missing: expected a text
    sweep.yaml:9:24 parameters.units.values[1]: 8 is listed twice: keep one"
  `);
  expect(errors(`${file}command: ["\${interpreter}", "\${lrr}"]\n`)).toMatchInlineSnapshot(
    `"sweep.yaml:11:29 command[1]: Unknown macro \${lrr}. Known: args (alone), args_no_hyphens (alone), args_no_boolean_flags (alone), env, interpreter, program, args_json, output_dir, lr, wide, units, seed"`,
  );
  expect(
    errors(file.replace('lr: { values: [0.1, 0.01] }', 'lr: { min: 1, max: 1000000, distribution: int_uniform }')),
  ).toContain('at most 100000 are run');
});
