import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../src/cli/command-error.ts';
import { explain } from '../src/cli/explain.ts';
import { type Layout, layoutOf } from '../src/cli/machine/layout.ts';
import { findOldModules } from '../src/cli/machine/node-modules.ts';
import { isComplete, lookAtSetUp, type SetUpState } from '../src/cli/machine/set-up-state.ts';
import { hashInputs, writeStamp } from '../src/cli/machine/stamp.ts';
import { alone } from './set-up/alone.ts';
import { openProgress, type Progress } from './set-up/progress.ts';
import { stepsFor } from './set-up/steps.ts';

type SetUpOptions = {
  /** Install what checks and tests need too. */
  readonly checks: boolean;
};

/** Makes `.venv` and `.data` what they should be; returns at once where they are. Doing it again mends what is half done. */
async function setUp(layout: Layout, options: SetUpOptions): Promise<void> {
  const old = findOldModules(layout);
  if (old !== undefined) throw new CommandError(`${old}. Install what package-lock.json asks for: npm ci`);
  const state = lookAtSetUp(layout, options);
  if (isComplete(state) && state.isStamped) return;
  mkdirSync(layout.dataDir, { recursive: true });
  await alone(layout.lockDir, console.log, () => doSteps(layout, options));
}

async function doSteps(layout: Layout, options: SetUpOptions): Promise<void> {
  // Another set-up may have done everything while this one waited.
  const state = lookAtSetUp(layout, options);
  rmSync(layout.stamp, { force: true });
  rmSync(layout.log, { force: true });
  for (const name of readdirSync(layout.dataDir)) {
    if (name.startsWith('fetching-')) rmSync(join(layout.dataDir, name), { recursive: true, force: true });
  }
  const steps = stepsFor(layout, state, options);
  const progress = openProgress(steps.length);
  const release = waitOnInterrupt(progress);
  try {
    if (steps.length > 0) progress.note(`Setting up in ${layout.root}`);
    for (const { title, run } of steps) {
      progress.step(title);
      progress.done(await run(progress));
    }
  } finally {
    progress.close();
    release();
  }
  const after = lookAtSetUp(layout, options);
  if (!isComplete(after)) throw new CommandError(whatIsLeft(layout, after));
  writeStamp(layout, { inputs: hashInputs(layout), checks: options.checks });
}

/** Ctrl-C reaches pip as well, which undoes what it has half done: it is given the time, then set-up fails by its exit. */
function waitOnInterrupt(progress: Progress): () => void {
  const interrupted = () => {
    progress.note('Stopping. The same command goes on from here.');
    process.exitCode = 130;
  };
  process.once('SIGINT', interrupted);
  return () => process.off('SIGINT', interrupted);
}

function whatIsLeft(layout: Layout, { packages, embeddedModel, embeddedData, venv }: SetUpState): string {
  const names = [packages, embeddedModel].flatMap(({ missing, other, damaged }) => [
    ...missing.map(({ name }) => `${name} is missing`),
    ...other.map(({ pin, found }) => `${pin.name} is ${found} instead of ${pin.version}`),
    ...damaged.map(({ pin, file }) => `${pin.name} lacks ${file}`),
  ]);
  const left = [...(venv === 'ready' ? [] : [`.venv is ${venv}`]), ...names, ...embeddedData];
  return (
    `Set-up ended, but not all is as it should be: ${left.slice(0, 5).join('; ')}. ` +
    `All that pip said is in ${layout.log}. To start from nothing: rm -rf .venv && npm run setup`
  );
}

/** For entry points: whether all is well; says why not. */
export async function setUpOrExplain(options: SetUpOptions, layout: Layout = layoutOf()): Promise<boolean> {
  try {
    await setUp(layout, options);
    return true;
  } catch (error) {
    if (process.exitCode === 130) return false;
    console.error(explain(error));
    process.exitCode = 1;
    return false;
  }
}

if (process.argv[1] === import.meta.filename) {
  const isDone = await setUpOrExplain({ checks: process.argv.includes('--checks') });
  if (isDone) console.log('Set-up is complete.');
}
