import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSweepFile, planSweep, SweepFileProblems } from '../../src/sweep/index.ts';
import { contextFor } from './context.ts';

const folder = new URL('../../sweeps/', import.meta.url);
const seeds = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'));

const fragments = [
  ...[
    'null',
    '~',
    '[]',
    '{}',
    '""',
    '-1',
    '0',
    '1e999',
    '.nan',
    '.inf',
    '1e-5',
    'on',
    '010',
    '0x1f',
    '1_000',
    '2020-01-01',
    'true',
  ],
  ...[
    '&a',
    '*a',
    '&a [*a]',
    '<<: *a',
    '!!float',
    '!custom x',
    '? [x]',
    '---',
    '...',
    '%YAML 1.1',
    '# x',
    '|',
    '>-',
    '\t',
    '\r\n',
    '\uFEFF',
  ],
  ...[
    'value: ',
    'values: [1, 2]',
    'min: 0',
    'max: 1000000000',
    'q: 0.0000001',
    'when: { strategy: [v4] }',
    'method: random',
    'run_cap: 5',
  ],
  ...[
    'method: list',
    'runs: [{ task: rte, strategy: v4 }]',
    'strategy: { name: x, selection: { kind: fixed, layers: [99] } }',
  ],
  ...['seed: { min: 0, max: 999999999 }', 'init_seed: { min: 0, max: 999999999 }', 'distribution: log_uniform_values'],
  ...[
    'k',
    'when',
    'v4',
    'published/v4',
    'by-task',
    'model: { source: random, layers: 3 }',
    '__proto__: 1',
    'constructor: 1',
  ],
  ...['{', '}', '[', ']', ':', ': ', '- ', ', ', '"', "'", '\n', '\n  ', '\0', '💥', '; echo', '../..'],
];

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 30 })),
  insert: fc.oneof(fc.constantFrom(...fragments), fc.string({ maxLength: 5 }), fc.constant('')),
});
const mutated = fc
  .record({ base: fc.constantFrom(...seeds), edits: fc.array(edit, { minLength: 1, maxLength: 4 }) })
  .map(({ base, edits }) =>
    edits.reduce((text, { at, remove, insert }) => {
      const offset = Math.floor(at * text.length);
      return text.slice(0, offset) + insert + text.slice(offset + remove);
    }, base),
  );

/** Runs many more by LAYERSWEEP_FUZZ_RUNS. */
const numRuns = Number(process.env.LAYERSWEEP_FUZZ_RUNS ?? 1000);
/** Thousands of plans take minutes on a busy machine; only a hang takes longer than this. */
const patienceMs = 60_000 + 300 * numRuns;

test('a mutated file is either a sound sweep or errors with positions, never an exception', {
  timeout: patienceMs,
}, () => {
  let sound = 0;
  fc.assert(
    fc.property(mutated, (text) => {
      const result = parseSweepFile(text, 'fuzzed.yaml');
      if (!result.ok) {
        const lines = text.split(/\r\n|[\n\r]/).length;
        expect(result.errors.length).toBeGreaterThan(0);
        for (const { line, column, message } of result.errors) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(lines);
          expect(column).toBeGreaterThanOrEqual(1);
          expect(message).toMatch(/\S/);
          expect(message).not.toMatch(/\n|undefined|\[object|Invalid input/);
        }
        return;
      }
      sound += 1;
      const { sweep } = result;
      try {
        const plan = planSweep(sweep, contextFor(sweep));
        expect(plan.runs.length).toBeGreaterThan(0);
      } catch (error) {
        if (!(error instanceof SweepFileProblems)) throw error;
      }
    }),
    { numRuns, endOnFailure: false },
  );
  expect(sound).toBeGreaterThan(numRuns / 100);
});

test('deep and wide files end in an error, not in a stack overflow', () => {
  const deep = (level: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${' '.repeat(i)}${level}`).join('\n');
  for (const text of [
    deep('a:', 1300),
    deep('- ', 1300),
    deep('? a', 1300),
    'a: '.repeat(10_000),
    '? '.repeat(10_000),
    '&a '.repeat(10_000),
    '!t '.repeat(10_000),
    '{a: '.repeat(10_000),
    `a: "${'\\x'.repeat(10_000)}"`,
    'a:\n'.repeat(100_000),
    `x: [${'1,'.repeat(300_000)}]`,
    `"${'x'.repeat(500_000)}": 1`,
  ]) {
    const result = parseSweepFile(text, 'deep.yaml');
    expect(result.ok).toBe(false);
  }
});
