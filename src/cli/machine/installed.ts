import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readFileIfAny } from '../../store/atomic-file.ts';
import { canonicalName, type Pin } from './pins.ts';

/** How installed packages differ from what is pinned. */
export type PackageState = {
  readonly missing: readonly Pin[];
  /** Pinned and there, in another version. */
  readonly other: readonly { readonly pin: Pin; readonly found: string }[];
  /** Right version, but the first file named is gone or has another size than when it was installed. */
  readonly damaged: readonly { readonly pin: Pin; readonly file: string }[];
};

/** Holds the pins against an environment's packages by their records of files and sizes; no Python is started. */
export function comparePackages(venv: string, pins: readonly Pin[]): PackageState {
  const site = sitePackages(venv);
  const installed = site === undefined ? new Map<string, Installed>() : installedPackages(site);
  const missing: Pin[] = [];
  const other: { pin: Pin; found: string }[] = [];
  const damaged: { pin: Pin; file: string }[] = [];
  for (const pin of pins) {
    const found = installed.get(canonicalName(pin.name));
    if (site === undefined || found === undefined) {
      missing.push(pin);
      continue;
    }
    // A build is the same version: 2.13.0+cpu is 2.13.0.
    if (found.version.split('+')[0] !== pin.version) {
      other.push({ pin, found: found.version });
      continue;
    }
    const file = firstDamagedFile(site, found.info);
    if (file !== undefined) damaged.push({ pin, file });
  }
  return { missing, other, damaged };
}

export function sitePackages(venv: string): string | undefined {
  try {
    const python = readdirSync(join(venv, 'lib')).find((name) => /^python3\.\d+$/.test(name));
    return python === undefined ? undefined : join(venv, 'lib', python, 'site-packages');
  } catch {
    return undefined;
  }
}

type Installed = { readonly version: string; readonly info: string };

function installedPackages(site: string): Map<string, Installed> {
  const packages = new Map<string, Installed>();
  for (const info of readNames(site)) {
    const match = /^(?<name>.+?)-(?<version>[^-]+)\.dist-info$/.exec(info)?.groups;
    if (match?.name === undefined || match.version === undefined) continue;
    packages.set(canonicalName(match.name), { version: match.version, info });
  }
  return packages;
}

/** Whether a package is there in any version, with every file of its record. */
export function isWhole(site: string, name: string): boolean {
  const installed = installedPackages(site).get(name);
  return installed !== undefined && firstDamagedFile(site, installed.info) === undefined;
}

function readNames(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

/** By the package's RECORD: a line is a path relative to site-packages, a hash, a size in bytes. */
function firstDamagedFile(site: string, info: string): string | undefined {
  const record = readFileIfAny(join(site, info, 'RECORD'));
  if (record === undefined) return `${info}/RECORD`;
  for (const line of record.split('\n')) {
    const match = /^"?(?<path>.*?)"?,[^,]*,(?<size>\d+)\r?$/.exec(line)?.groups;
    if (match?.path === undefined) continue;
    if (statSync(join(site, match.path), { throwIfNoEntry: false })?.size !== Number(match.size)) return match.path;
  }
  return undefined;
}
