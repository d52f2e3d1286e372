import { setTimeout as sleep } from 'node:timers/promises';
import { createLogUpdate } from 'log-update';
import { type ResolvedSweep, sweepHolder } from '../store/sweep-folder.ts';
import { renderView } from './live-view.ts';
import { secondsIn } from './stage-durations.ts';
import { sweepState } from './sweep-state.ts';

const refreshMs = 500;
/** Without a terminal. */
const plainRefreshMs = 30_000;

/** Shows a sweep that another process runs, until it does no more; returns the exit code that this sweep deserves. */
export async function watchSweep(resultsDir: string, sweep: ResolvedSweep): Promise<number> {
  const update = createLogUpdate(process.stdout);
  const { name } = sweep;
  const others = secondsIn(resultsDir);
  let printedAtMs = Number.NEGATIVE_INFINITY;
  for (; sweepHolder(resultsDir, name); await sleep(refreshMs)) {
    const { columns = 160, rows = 24, isTTY } = process.stdout;
    if (!isTTY && performance.now() - printedAtMs < plainRefreshMs) continue;
    const { snapshot, timeLeft } = sweepState(resultsDir, sweep, others);
    if (!snapshot) continue;
    printedAtMs = performance.now();
    const size = { columns, rows: isTTY ? rows : 2 };
    const text = renderView({ name, snapshot, timeLeft, message: undefined }, size);
    if (isTTY) update(text);
    else console.log(text);
  }
  update.done();
  const { stages } = sweepState(resultsDir, sweep);
  const finished = stages.filter(({ state }) => state === 'finished').length;
  console.log(`${name}: its process has ended; ${finished} of ${stages.length} stages finished`);
  return finished === stages.length ? 0 : 1;
}
