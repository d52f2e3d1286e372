import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { $ } from 'zx';
import { CommandError } from '../../src/cli/command-error.ts';
import { explainSearch, findPython } from '../../src/cli/machine/find-python.ts';
import { isWhole, sitePackages } from '../../src/cli/machine/installed.ts';
import type { Layout } from '../../src/cli/machine/layout.ts';
import type { SetUpState } from '../../src/cli/machine/set-up-state.ts';

/** Makes `.venv`, or mends it where only pip is missing; returns what it was made from. */
export async function makeEnvironment(layout: Layout, state: SetUpState['venv']): Promise<string> {
  if (state === 'without-pip') {
    if (await putPipBack(layout)) return 'pip put back';
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

/** ensurepip leaves alone what calls itself pip, so what is left of it goes first. */
async function putPipBack({ venv, python }: Layout): Promise<boolean> {
  const site = sitePackages(venv);
  if (site === undefined) return false;
  for (const name of readdirSync(site)) {
    if (name === 'pip' || /^pip-.*\.dist-info$/.test(name)) rmSync(join(site, name), { recursive: true });
  }
  const { exitCode } = await $({ nothrow: true, quiet: true })`${python} -m ensurepip`;
  return exitCode === 0 && isWhole(site, 'pip');
}
