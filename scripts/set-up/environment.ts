import { rmSync } from 'node:fs';
import { $ } from 'zx';
import { CommandError } from '../../src/cli/command-error.ts';
import { explainSearch, findPython } from '../../src/cli/machine/find-python.ts';
import type { Layout } from '../../src/cli/machine/layout.ts';
import type { SetUpState } from '../../src/cli/machine/set-up-state.ts';

/** Makes `.venv`, or mends it where only pip is missing; returns what it was made from. */
export async function makeEnvironment(layout: Layout, state: SetUpState['venv']): Promise<string> {
  if (state === 'without-pip') {
    const mended = await $({ nothrow: true, quiet: true })`${layout.python} -m ensurepip`;
    if (mended.exitCode === 0) return 'pip put back';
  }
  const search = await findPython();
  if (search.kind !== 'found') {
    const { found, mend } = explainSearch(search);
    throw new CommandError(`Found ${found}. Python 3.11 or newer with venv is needed: ${mend}`);
  }
  const { command, version, executable } = search.python;
  rmSync(layout.venv, { recursive: true, force: true });
  const made = await $({ nothrow: true, quiet: true })`${executable} -m venv ${layout.venv}`;
  if (made.exitCode !== 0) {
    const last = made.stdall.trim().split('\n').slice(-3).join('\n  ');
    throw new CommandError(`${command} -m venv ${layout.venv} failed:\n  ${last}\nOn Debian: apt install python3-venv`);
  }
  return `made with ${command} (${version})`;
}
