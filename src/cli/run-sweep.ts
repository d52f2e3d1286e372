import { sweepPaths } from '../store/paths.ts';
import { joinSecrets, secretsIn } from '../store/secrets.ts';
import {
  compareSweeps,
  type ResolvedSweep,
  readResolvedSweep,
  type SweepChange,
  withoutSecrets,
  writeResolvedSweep,
} from '../store/sweep-folder.ts';
import { obeyCommands } from './command-loop.ts';
import { linkCurves } from './curve-links.ts';
import { installLadder } from './interrupt.ts';
import { printJson } from './json-shapes.ts';
import { loadSweep } from './load-sweep.ts';
import type { RunOptions } from './run-options.ts';
import { serveBeside } from './serve-beside.ts';
import { defaultPort } from './serve-report.ts';
import { exitCodeOf, summarise } from './summary.ts';
import { openSession, type Session } from './sweep-session.ts';
import { createSweepView } from './sweep-view.ts';
import { keepTables } from './tables.ts';

/** Runs a sweep file to its end and returns the exit code. `retry`: failed stages to start anew. */
export async function runSweepFile(file: string, options: RunOptions, retryFailed = false): Promise<number> {
  const { results: resultsDir, json = false } = options;
  const quiet = json || (options.quiet ?? false);
  const sweep = await loadSweep(file, options);
  const { name, warnings } = sweep;
  const resolved = withoutSecrets(sweep.resolved, joinSecrets([secretsIn(process.env), sweep.secrets]));
  if (warnings !== '') console.error(warnings);
  const view = createSweepView(quiet, resultsDir);
  const tables = keepTables(resolved, resultsDir, view.say);
  const nameCurves = linkCurves(resultsDir, name, view.say);
  let isSameFile = false;
  const session = await openSession(
    {
      sweep,
      resultsDir,
      slots: options.slots,
      retryFailed,
      onEvent: (event) => {
        view.onEvent(event);
        nameCurves(event);
        if (event.kind === 'succeeded') tables.onFinished(event.spec);
      },
    },
    () => {
      isSameFile = recordSweep(resultsDir, resolved, quiet);
    },
  );
  const removeLadder = installLadder(session.engine.control, view.say);
  const disobey = obeyCommands(session.engine, sweepPaths(resultsDir, name));
  const stopServing = options.serve
    ? serveBeside(sweepPaths(resultsDir, name).dir, options.port ?? defaultPort, view.say)
    : undefined;
  view.attach(name, session.engine, session.specs, session.memory);
  try {
    const report = await session.engine.done;
    view.close();
    if (report.detached) return 129;
    const { text, disagreeing } = await tables.finish(quiet && isSameFile ? newestResultMs(session.memory) : undefined);
    if (text !== undefined && !quiet) console.log(`\n${text}\n`);
    const ended = { ...report, disagreeing };
    const exitCode = exitCodeOf(ended);
    if (json) printJson('run', { name, exitCode, ...ended });
    else console.log(summarise(name, ended, resultsDir));
    return exitCode;
  } finally {
    removeLadder();
    disobey();
    stopServing?.();
    await session.close();
  }
}

function newestResultMs(memory: Session['memory']): number {
  return [...memory.values()].reduce((newest, { succeeded }) => Math.max(newest, succeeded?.resultModifiedMs ?? 0), 0);
}

/** Whether the sweep file is still that of the run before. */
function recordSweep(resultsDir: string, resolved: ResolvedSweep, quiet: boolean): boolean {
  const previous = readResolvedSweep(resultsDir, resolved.name);
  if (previous) {
    const text = describeChange(compareSweeps(previous, resolved), previous.text === resolved.text);
    if (text !== undefined && !quiet) console.log(text);
  }
  writeResolvedSweep(resultsDir, resolved);
  return previous?.text === resolved.text;
}

function describeChange(change: SweepChange, isSameFile: boolean): string | undefined {
  const { addedRuns, removedRuns, newStages, keptStages } = change;
  if (addedRuns === 0 && removedRuns === 0 && newStages.length === 0) return undefined;
  const shown = newStages.slice(0, 5).map((label) => `  + ${label}`);
  const more = newStages.length > shown.length ? [`  … and ${newStages.length - shown.length} more`] : [];
  const stages = `${keptStages} stages are kept, ${newStages.length} are new`;
  return [
    isSameFile
      ? `The sweep file is as it was; options, data, the model or layersweep itself have changed: ${stages}.`
      : `The sweep file has changed since the last run: ${addedRuns} runs more, ${removedRuns} fewer; ${stages}.`,
    ...shown,
    ...more,
  ].join('\n');
}
