import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { explainSearch, findPython } from '../../src/cli/machine/find-python.ts';

/** A path on which only the given commands are: each a program that prints its text. */
function pathWith(commands: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'layersweep-path-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(commands)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  return folder;
}

function python(version: string, venv = true): string {
  const answer = { version: version.split('.').map(Number), executable: `/usr/bin/python${version}`, venv };
  return `echo '${JSON.stringify(answer)}'`;
}

test('the oldest Python that will do is taken, shims that lead nowhere are passed over', async () => {
  const path = pathWith({
    'python3.11': 'echo "pyenv: python3.11: command not found" >&2; exit 127',
    'python3.12': python('3.12.1'),
    'python3.13': python('3.13.0'),
    python3: python('3.9.2'),
  });
  const found = { command: 'python3.12', executable: '/usr/bin/python3.12.1', version: '3.12.1' };
  expect(await findPython({ PATH: path })).toEqual({ kind: 'found', python: found });
});

test('a Python named by LAYERSWEEP_PYTHON is taken before any on the path', async () => {
  const path = pathWith({ 'python3.11': python('3.11.7'), mine: python('3.13.0') });
  const search = await findPython({ PATH: path, LAYERSWEEP_PYTHON: join(path, 'mine') });
  expect(search).toMatchObject({ kind: 'found', python: { version: '3.13.0' } });
});

async function explained(commands: Readonly<Record<string, string>>): Promise<string> {
  const search = await findPython({ PATH: pathWith(commands) });
  if (search.kind === 'found') throw new Error('Expected none to be found');
  const { found, mend } = explainSearch(search);
  return `${found} | ${mend}`;
}

test('no Python, an old one, and one without venv each get their own answer', async () => {
  expect(await explained({})).toMatchInlineSnapshot(
    `"no Python 3.11 or newer on the path | apt install python3 python3-venv, or name one: LAYERSWEEP_PYTHON=/path/to/python3.11"`,
  );
  expect(await explained({ python3: python('3.9.2'), python: 'echo hello' })).toMatchInlineSnapshot(
    `"no Python 3.11 or newer on the path (python3 is 3.9.2) | apt install python3 python3-venv, or name one: LAYERSWEEP_PYTHON=/path/to/python3.11"`,
  );
  expect(await explained({ python3: python('3.11.2', false) })).toMatchInlineSnapshot(
    `"python3 is Python 3.11.2, but cannot make environments (no venv with pip) | apt install python3.11-venv"`,
  );
});
