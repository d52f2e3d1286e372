import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { printJson } from './json-shapes.ts';
import { loadSweep } from './load-sweep.ts';
import { type PlanCost, planCost } from './plan-cost.ts';
import { foresightOf } from './plan-foresight.ts';
import { defaultSweepFile, type SweepOptions, withSweepOptions } from './run-options.ts';
import { formatSeconds } from './time-left.ts';

/** `plan [FILE]`: what would run, what is there already, what it costs. Starts nothing. */
export function register(program: Command): void {
  const command = program
    .command('plan')
    .description('say what a sweep file would run, what is there already, and what the rest costs; starts nothing')
    .argument('[file]', 'sweep file', defaultSweepFile)
    .option('--json', 'print it as JSON')
    .option(
      '--deviation <points>',
      'standard deviation of paired differences to reckon with (default: as seen so far)',
      parseDeviation,
    );
  withSweepOptions(command).action(async (file: string, options: PlanOptions) => {
    const { name, runs, stages, resolved, warnings } = await loadSweep(resolve(file), options);
    if (warnings !== '') console.error(warnings);
    const cost = planCost(stages, options.results);
    const foresight = await foresightOf(resolved, options.results, options.deviation);
    const shown = [describe(name, runs.length, cost), ...foresight].join('\n');
    if (options.json) printJson('plan', { name, runs: runs.length, ...cost, foresight });
    else console.log(shown);
  });
}

type PlanOptions = SweepOptions & { json?: boolean; deviation?: number };

function parseDeviation(value: string): number {
  const points = Number(value);
  if (!(points > 0 && points <= 100)) throw new InvalidArgumentError('Expected points above 0, such as 0.8.');
  return points;
}

const shownStages = 20;

function describe(name: string, runs: number, { kinds, missing, deviceSeconds, diskBytes }: PlanCost): string {
  const width = Math.max(9, ...kinds.map(({ kind }) => kind.length));
  const table = kinds.map(({ kind, total, finished, meanSeconds }) => {
    const each = meanSeconds === undefined ? 'never seen here' : `about ${formatSeconds(meanSeconds)} each`;
    return `  ${kind.padEnd(width)} ${String(total - finished).padStart(5)} to run, ${finished} finished; ${each}`;
  });
  const list = missing.slice(0, shownStages).map((label) => `  ${label}`);
  const more =
    missing.length > shownStages ? [`  … and ${missing.length - shownStages} more (--json lists them all)`] : [];
  const time =
    deviceSeconds === undefined
      ? 'not known: some stages were never run here'
      : `${(deviceSeconds / 3600).toFixed(1)} hours`;
  const disk = diskBytes === undefined ? 'not known' : `${(diskBytes / 1e9).toFixed(1)} GB`;
  return [
    `${name}: ${runs} runs`,
    ...table,
    `Device time still to spend: ${time}; disk: ${disk}`,
    ...(missing.length > 0 ? ['To run:', ...list, ...more] : ['Everything is there: running it starts nothing.']),
  ].join('\n');
}
