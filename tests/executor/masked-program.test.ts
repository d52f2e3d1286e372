import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { type AttemptEnd, launchStage } from '../../src/executor/launch.ts';
import { maskedLines } from '../../src/executor/masked-lines.ts';
import { attemptPaths } from '../../src/store/paths.ts';

const secret = 'planted-secret';

test('what is passed on holds no secret however the output is cut, and is else the same', () => {
  const part = fc.oneof(fc.constant(secret), fc.constant('\n'), fc.constant('\r'), fc.string());
  fc.assert(
    fc.property(fc.array(part), fc.array(fc.nat(40)), (parts, cuts) => {
      const whole = Buffer.from(parts.join(''));
      const masked = passThrough(whole, cuts);
      expect(masked).not.toContain(secret);
      expect(masked).toBe(whole.toString().replaceAll(secret, '***'));
    }),
  );
});

test('a secret across the parts of a line of any length is masked, and no other byte is lost', () => {
  for (let before = 56_000; before < 58_000; before += 38) {
    const whole = Buffer.from(`${'é'.repeat(before / 2)}${secret}${'y'.repeat(100_000)}`);
    const masked = passThrough(whole, [before + 5, 60_000, 60_000]);
    expect(masked.replace('***', secret)).toBe(whole.toString());
  }
});

test('bytes that are no text are passed on as they are', () => {
  const bytes = Buffer.from([0xff, 0x00, 0xc3, 0x0a, 0x80]);
  const lines = maskedLines([secret]);
  expect(Buffer.concat([lines.push(bytes), lines.rest()])).toEqual(bytes);
});

test.each([
  ['an exit code', 'echo out; echo err >&2; exit 7', { kind: 'exited', code: 7 }],
  ['a signal', 'echo out; echo err >&2; kill -KILL $$', { kind: 'exited', code: 137 }],
  ['children that hold its output open', 'sleep 600 & echo out; echo err >&2', { kind: 'exited', code: 0 }],
])('with secrets or without, %s and all output arrive', async (_what, script, end) => {
  for (const secrets of [[], [secret]]) {
    const { ended, stdout, stderr } = await launch(['/bin/sh', '-c', script], secrets);
    expect(ended).toMatchObject(end);
    expect([stdout, stderr]).toEqual(['out\n', 'err\n']);
  }
});

test('a program that is not there, or may not be run, is told by the codes of a shell', async () => {
  for (const secrets of [[], [secret]]) {
    expect((await launch(['/nonexistent/program'], secrets)).ended).toMatchObject({ code: 127 });
    expect((await launch(['/etc/passwd'], secrets)).ended).toMatchObject({ code: 126 });
  }
});

test('the program finds its arguments and its environment as they are, and no list of secrets', async () => {
  const odd = `it's "odd"\n$HOME; echo oops`;
  const script = 'printf "%s|%s|%s" "$1" "$TOLD" "$LAYERSWEEP_SECRETS"';
  const { stdout } = await launch(['/bin/sh', '-c', script, 'sh', odd], [secret], { TOLD: `my ${secret}` });
  expect(stdout).toBe(`${odd}|my ***|`);
});

function passThrough(whole: Buffer, cuts: readonly number[]): string {
  const lines = maskedLines([secret]);
  const passed: Buffer[] = [];
  let from = 0;
  for (const length of [...cuts, whole.length]) {
    passed.push(lines.push(whole.subarray(from, from + length)));
    from += length;
  }
  return Buffer.concat([...passed, lines.rest()]).toString();
}

async function launch(
  [file = '', ...args]: readonly string[],
  secrets: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ ended: AttemptEnd; stdout: string; stderr: string }> {
  const stageDir = mkdtempSync(join(tmpdir(), 'layersweep-masked-'));
  onTestFinished(() => rmSync(stageDir, { recursive: true, force: true }));
  const ended = await launchStage({
    ...{ stageDir, attempt: 1, request: '{}', provenance: '{}', file, args, cwd: stageDir, secrets },
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  const paths = attemptPaths(stageDir, 1);
  return { ended, stdout: readFileSync(paths.stdout, 'utf8'), stderr: readFileSync(paths.stderr, 'utf8') };
}
