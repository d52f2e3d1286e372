import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';

const program = fileURLToPath(new URL('../../bin/layersweep.js', import.meta.url));
const run = (...words: string[]) => execa('node', [program, 'strategies', ...words], { reject: false });

test('strategies lists the whole catalogue with formula, source and cost', async () => {
  const { stdout, exitCode } = await run();
  expect(exitCode).toBe(0);
  expect(stdout).toContain('published/v6');
  expect(stdout.split('\n').slice(-1)).toMatchInlineSnapshot(`
    [
      "54 strategies. \`layersweep strategies NAME\` explains one; --json lists all of each.",
    ]
  `);
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
});

test('the list is grouped by what its strategies vary', async () => {
  const { stdout } = await run();
  expect(
    stdout
      .split('\n')
      .filter((line) => /^\S/.test(line))
      .slice(0, -1),
  ).toMatchInlineSnapshot(`
    [
      "Baselines",
      "Versions 2 to 6, mended for any depth and k",
      "The published code as it was, with its defects, for 12 layers",
      "Which layers are selected; matched as in v4",
      "How layers are matched, measured and rescheduled",
    ]
  `);
});

test('the kind of an alignment is answered with a strategy that has it', async () => {
  expect((await run('monotone')).stderr).toMatchInlineSnapshot(
    `"Unknown strategy "monotone". Did you mean "optimal-monotone"? \`layersweep strategies\` lists all 54"`,
  );
});

test('one strategy is explained with the draws of its first steps', async () => {
  const { stdout } = await run('v5', '--seed', '3', '--steps', '2');
  expect(stdout.split('\n').slice(-3)).toMatchInlineSnapshot(`
    [
      "Teacher layers (0 to 11) of the first steps with seed 3:",
      "  step 0: 0, 3, 4, 5",
      "  step 1: 6, 7, 8, 10",
    ]
  `);
});

test('a depth that a strategy does not fit is said instead of its draws', async () => {
  const { stdout } = await run('published/v4', '--layers', '6');
  expect(stdout.split('\n').at(-1)).toMatchInlineSnapshot(
    `"Strategy "published/v4" is the published code, which works with 12 teacher and 12 student layers only; got 6 and 6. For this depth take v4"`,
  );
});

test('an unknown name is answered with the nearest one and no stack trace', async () => {
  const { stderr, exitCode } = await run('v44');
  expect({ stderr, exitCode }).toMatchInlineSnapshot(`
    {
      "exitCode": 1,
      "stderr": "Unknown strategy "v44". Did you mean "v4"? \`layersweep strategies\` lists all 54",
    }
  `);
});
