import type { Command } from 'commander';
import pc from 'picocolors';
import { findSweep } from './find-sweep.ts';
import { printJson } from './json-shapes.ts';
import { renderView } from './live-view.ts';
import { asCommand, defaultResultsDir, toPath } from './project.ts';
import { type StageStatus, type SweepState, sweepState } from './sweep-state.ts';

/** `status [SWEEP]`: how a sweep stands, running or not. */
export function register(program: Command): void {
  program
    .command('status')
    .description('say how a sweep stands, and what each waiting stage waits for')
    .argument('[sweep]', 'name or file of a sweep; the latest without')
    .option('--results <dir>', 'folder for results', toPath, defaultResultsDir)
    .option('--json', 'print it as JSON')
    .action((name: string | undefined, { results, json }: { results: string; json?: boolean }) => {
      const sweep = findSweep(results, name);
      const state = sweepState(results, sweep);
      if (json) printJson('status', { name: sweep.name, ...state });
      else console.log(describe(sweep.name, state, results));
    });
}

const maxLines = 40;
const shownFirst: readonly StageStatus['state'][] = ['failed', 'running', 'waiting'];

function describeStage({ state, label, message, waitsFor }: StageStatus): string {
  if (state === 'waiting') return pc.dim(`waits   ${label} for ${waitsFor}`);
  return `${state === 'failed' ? pc.red('failed ') : state} ${label}${message ? `: ${message}` : ''}`;
}

function describe(name: string, { holder, stages, snapshot, timeLeft }: SweepState, resultsDir: string): string {
  const who = holder ? `run by process ${holder.pid} on ${holder.host}` : 'not being run';
  if (snapshot) {
    const size = { columns: process.stdout.columns ?? 160, rows: maxLines };
    return `${who}\n${renderView({ name, snapshot, timeLeft, message: undefined }, size)}`;
  }
  const count = (state: StageStatus['state']): number => stages.filter((stage) => stage.state === state).length;
  const lines = stages
    .filter(({ state }) => state !== 'finished')
    .toSorted((a, b) => shownFirst.indexOf(a.state) - shownFirst.indexOf(b.state))
    .map(describeStage);
  const more = lines.length > maxLines ? [`… and ${lines.length - maxLines} more (--json lists them all)`] : [];
  const hint =
    count('failed') > 0 ? [`Try the failed ones again: ${asCommand(`retry ${name} --failed`, resultsDir)}`] : [];
  return [
    `${pc.bold(name)}: ${who}; ${count('finished')} of ${stages.length} stages finished, ${count('running')} running, ${count('failed')} failed, ${count('waiting')} waiting`,
    ...lines.slice(0, maxLines),
    ...more,
    ...hint,
  ].join('\n');
}
