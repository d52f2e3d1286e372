import { appendFileSync, readdirSync } from 'node:fs';
import { $ } from 'zx';
import { CommandError } from '../../src/cli/command-error.ts';
import { sitePackages } from '../../src/cli/machine/installed.ts';
import type { Layout } from '../../src/cli/machine/layout.ts';
import type { Progress } from './progress.ts';

/** Runs pip of the environment with the user's own settings; its output goes to the log. */
export async function runPip(layout: Layout, args: readonly string[], what: string, progress: Progress): Promise<void> {
  const said: string[] = [];
  appendFileSync(layout.log, `\n$ pip ${args.join(' ')}\n`);
  const pip = $({
    cwd: layout.root,
    env: pipEnvironment(),
    nothrow: true,
    quiet: true,
  })`${layout.python} -m pip ${args} 2>&1`;
  const before = countInstalled(layout);
  let found = 0;
  for await (const line of pip) {
    appendFileSync(layout.log, `${line}\n`);
    said.push(line);
    if (line.startsWith('Collecting ')) found += 1;
    const names = /^Installing collected packages: (?<names>.*)/.exec(line)?.groups?.names?.split(', ');
    if (names) progress.now(() => `unpacked ${countInstalled(layout) - before} of ${names.length}`);
    const activity = activityOf(line, found);
    if (activity !== undefined) progress.now(() => activity);
  }
  const { exitCode } = await pip;
  if (exitCode !== 0) throw new CommandError(`Could not install ${what}: ${explainPip(said, layout)}`);
}

/** One clear sentence for what pip said at length, and the command that mends it. */
export function explainPip(lines: readonly string[], layout: Pick<Layout, 'log'>): string {
  const text = lines.join('\n');
  const again = 'then run the same command again: it goes on from here';
  if (/No space left on device|Errno 28|Disk quota exceeded/.test(text)) {
    return `the disk is full. Free some space (df -h . $TMPDIR; TMPDIR names the folder for what is under way), ${again}.`;
  }
  if (/DO NOT MATCH THE HASHES/.test(text)) {
    return (
      'the package registry served another file than the one this project pins. Nothing of it was used. ' +
      `Look at what your registry serves (pip config list), ${again}.`
    );
  }
  if (unreachable.test(text)) {
    return `the package registry did not answer. Check the network and pip's settings (pip config list), ${again}.`;
  }
  const missing = /No matching distribution found for (?<name>\S+)/.exec(text)?.groups?.name;
  if (missing !== undefined) {
    return (
      `the package registry has no ${missing} for this Python and machine. Try Python 3.11: ` +
      'rm -rf .venv && LAYERSWEEP_PYTHON=python3.11 npm run setup'
    );
  }
  const last = lines.filter((line) => line.trim() !== '').slice(-4);
  return `pip failed:\n${last.map((line) => `  ${line}`).join('\n')}\nAll it said is in ${layout.log}. To start from nothing: rm -rf .venv && npm run setup`;
}

const unreachable = new RegExp(
  [
    'Failed to establish a new connection',
    'Temporary failure in name resolution',
    'Name or service not known',
    'Network is unreachable',
    'ReadTimeoutError',
    'ConnectTimeoutError',
    'ConnectionResetError',
    'Connection refused',
    'Max retries exceeded',
    'ProxyError',
    'CERTIFICATE_VERIFY_FAILED',
    'SSLError',
  ].join('|'),
);

function activityOf(line: string, found: number): string | undefined {
  const download = /^\s*Downloading (?<file>\S+)(?<size> \([^)]*\))?/.exec(line)?.groups;
  if (download?.file !== undefined)
    return `${found} found, downloading ${packageOf(download.file)}${download.size ?? ''}`;
  if (line.startsWith('Collecting ')) return `${found} found, ${line.split(' ')[1]}`;
  return undefined;
}

function countInstalled({ venv }: Layout): number {
  const site = sitePackages(venv);
  return site === undefined ? 0 : readdirSync(site).filter((name) => name.endsWith('.dist-info')).length;
}

function packageOf(file: string): string {
  return (file.split('/').at(-1) ?? file).split('-').slice(0, 2).join(' ');
}

/** What points Python at other packages, or pip at other places than the environment, is left out. */
function pipEnvironment(): NodeJS.ProcessEnv {
  const { PYTHONPATH: _path, PYTHONHOME: _home, PIP_TARGET: _target, PIP_PREFIX: _prefix, ...env } = process.env;
  return { ...env, PIP_USER: '0', PIP_NO_INPUT: '1', PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_PROGRESS_BAR: 'off' };
}
