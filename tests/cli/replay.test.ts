import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';

const program = fileURLToPath(new URL('../../bin/layersweep.js', import.meta.url));
// Six steps of a prune stage that trained with v3 at k 2.
const stage = fileURLToPath(new URL('../fixtures/replay-stage', import.meta.url));
const run = (...words: string[]) => execa('node', [program, 'replay', ...words], { reject: false });

test('the run comes first, under its own name and k, and the others follow with as many teacher layers', async () => {
  const { stdout, exitCode } = await run(stage, '--strategy', 'v4', 'published/v3');
  expect(exitCode).toBe(0);
  expect(stdout).toMatchInlineSnapshot(`
    "replay-stage: 6 recorded steps, 0 to 5
      Steps at which two strategies choose other pairs of layers:
               v3-k2    v4-k2
      v3-k2        -    83.3%
      v4-k2    83.3%        -
      Not replayed: Strategy "published/v3" is the published code, which works with 12 teacher and 12 student layers only; got 4 and 4. For this depth take v3"
  `);
});

test('the choices of each step can be seen', async () => {
  const { stdout } = await run(stage, '--strategy', 'v4', '--k', '3', '--steps');
  expect(stdout.split('\n').slice(-3)).toMatchInlineSnapshot(`
    [
      "  step 5",
      "    v3-k2  1→0 3→0",
      "    v4-k3  3→0",
    ]
  `);
});

test('a strategy without layers, an unknown one and a malformed k are refused in one sentence', async () => {
  const said = async (...words: string[]) => (await run(...words)).stderr;
  expect(await said(stage, '--strategy', 'none')).toMatchInlineSnapshot(
    `"Strategy "none" chooses no layers: there is nothing to replay"`,
  );
  expect(await said(stage, '--strategy', 'v33')).toMatchInlineSnapshot(
    `"Unknown strategy "v33". Did you mean "v3"? \`layersweep strategies\` lists all 54"`,
  );
  expect((await said(stage, '--k', 'two')).split('\n')[0]).toMatchInlineSnapshot(
    `"error: option '--k <n>' argument 'two' is invalid. Expected a whole number above 0."`,
  );
});
