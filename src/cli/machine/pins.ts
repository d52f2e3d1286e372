import { readFileSync } from 'node:fs';
import { CommandError } from '../command-error.ts';

/** A package that a requirements file fixes to one version; the hash where the file gives one. */
export type Pin = { readonly name: string; readonly version: string; readonly sha256?: string };

export function readPins(path: string): Pin[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line, index) => {
      const text = line.replace(/#.*/, '').trim();
      if (text === '') return [];
      const match = /^(?<name>[\w.-]+)==(?<version>[\w.]+)(?: --hash=sha256:(?<sha256>[0-9a-f]{64}))?$/.exec(
        text,
      )?.groups;
      if (match?.name === undefined || match.version === undefined) {
        throw new CommandError(`${path}:${index + 1}: expected NAME==VERSION, found ${JSON.stringify(text)}`);
      }
      const { name, version, sha256 } = match;
      return [sha256 === undefined ? { name, version } : { name, version, sha256 }];
    });
}

/** One spelling for the names that PyPI takes for the same (PEP 503). */
export function canonicalName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}
