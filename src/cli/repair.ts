import { renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { readFileIfAny, writeFileAtomic } from '../store/atomic-file.ts';
import { declareKilled, lastAttempt } from '../store/claim.ts';
import { livenessOf } from '../store/identity.ts';
import { sortLines } from '../store/journal.ts';
import { releaseFor } from '../store/lock.ts';
import { stageDirOf, sweepPaths } from '../store/paths.ts';
import { openSweepFolder, sweepHolder } from '../store/sweep-folder.ts';
import { CommandError } from './command-error.ts';
import { findSweep } from './find-sweep.ts';
import { printJson } from './json-shapes.ts';
import { defaultResultsDir, toPath } from './project.ts';

type Options = { results: string; json?: boolean; gone?: string };

/** `repair SWEEP`: sets the damaged lines of a journal aside, or lets go of what a host held that is gone. */
export function register(program: Command): void {
  program
    .command('repair')
    .description("set the damaged lines of a sweep's journal aside; results are not touched")
    .argument('<sweep>', 'name of the sweep')
    .option(
      '--gone <host>',
      'instead, let go of the sweep and the stages that run on a host or in a container that is gone',
    )
    .option('--results <dir>', 'folder for results', toPath, defaultResultsDir)
    .option('--json', 'print what was done as JSON')
    .action((name: string, options: Options) =>
      options.gone === undefined ? repairJournal(name, options) : letGo(name, options.gone, options),
    );
}

/** Results lie elsewhere, and are found again. */
function repairJournal(name: string, { results, json }: Options): void {
  const { paths, lock } = openSweepFolder(results, name);
  try {
    const { readable, damaged } = sortLines(paths.journal);
    const aside = `${paths.journal}.damaged-${Date.now()}`;
    writeFileSync(`${aside}.tmp`, `${damaged.join('\n')}\n`);
    renameSync(`${aside}.tmp`, aside);
    writeFileAtomic(paths.journal, readable.map((line) => `${line}\n`).join(''));
    const [kept, setAside] = [readable.length, damaged.length];
    if (json) printJson('repair', { sweep: name, kept, setAside, aside });
    else console.log(`${paths.journal}: ${kept} lines kept, ${setAside} set aside in ${aside}`);
  } finally {
    lock.release();
  }
}

/** A process that runs a sweep writes its state twice a second. */
const signOfLifeMs = 3000;

async function letGo(name: string, host: string, { results, json }: Options): Promise<void> {
  const { stages } = findSweep(results, name);
  const { locks, status } = sweepPaths(results, name);
  const holder = sweepHolder(results, name);
  const isGone = holder?.host === host && livenessOf(holder) === 'elsewhere';
  if (isGone) {
    const before = readFileIfAny(status);
    await sleep(signOfLifeMs);
    if (readFileIfAny(status) !== before) {
      throw new CommandError(`${host} is not gone: its process ${holder.pid} has just written ${status}`);
    }
    releaseFor(locks, holder);
  }
  const left = stages.flatMap(({ key }) => {
    const last = lastAttempt(stageDirOf(results, key));
    return last.kind === 'elsewhere' && last.supervisor.host === host ? [{ key, attempt: last.attempt }] : [];
  });
  for (const { key, attempt } of left) declareKilled(stageDirOf(results, key), attempt);
  const what = `${isGone ? 'the sweep and ' : ''}${left.length} of its stages`;
  const stagesReleased = left.map(({ key }) => key);
  if (json) printJson('repair', { sweep: name, host, sweepReleased: isGone, stagesReleased });
  else console.log(`${name}: ${host} holds ${what} no more; run it to go on`);
}
