import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { damagedEmbeddedFiles } from './embedded-data.ts';
import { comparePackages, isWhole, type PackageState, sitePackages } from './installed.ts';
import type { Layout } from './layout.ts';
import { type Pin, readPins } from './pins.ts';
import { hashInputs, readStamp } from './stamp.ts';

/** What set-up has done and what is missing, by looking at files alone. */
export type SetUpState = {
  readonly venv: 'ready' | 'missing' | 'broken' | 'without-pip';
  readonly packages: PackageState;
  readonly embeddedModel: PackageState;
  /** Names of missing or changed data files. */
  readonly embeddedData: readonly string[];
  readonly isStamped: boolean;
};

export function lookAtSetUp(layout: Layout, options: { checks: boolean }): SetUpState {
  const pins = readPins(layout.requirements.training);
  if (options.checks) pins.push(...readPins(layout.requirements.checks));
  const stamp = readStamp(layout);
  return {
    venv: lookAtVenv(layout),
    packages: comparePackages(layout.venv, pins),
    embeddedModel: comparePackages(layout.venv, readPins(layout.requirements.embeddedModel)),
    embeddedData: damagedEmbeddedFiles(layout.embeddedDataDir),
    isStamped: stamp?.inputs === hashInputs(layout) && (stamp.checks || !options.checks),
  };
}

export function isComplete(state: SetUpState): boolean {
  const { venv, packages, embeddedModel, embeddedData } = state;
  return venv === 'ready' && isAsPinned(packages) && isAsPinned(embeddedModel) && embeddedData.length === 0;
}

export function isAsPinned({ missing, other, damaged }: PackageState): boolean {
  return missing.length + other.length + damaged.length === 0;
}

/** Every pin that must be installed, or installed anew. */
export function pinsToInstall({ missing, other, damaged }: PackageState): Pin[] {
  return [...missing, ...other.map(({ pin }) => pin), ...damaged.map(({ pin }) => pin)];
}

function lookAtVenv(layout: Layout): SetUpState['venv'] {
  if (!existsSync(layout.venv)) return 'missing';
  const site = sitePackages(layout.venv);
  if (site === undefined || !existsSync(join(layout.venv, 'pyvenv.cfg')) || !isExecutable(layout.python))
    return 'broken';
  return isWhole(site, 'pip') ? 'ready' : 'without-pip';
}

/** False too where what a link points to is gone. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
