import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { checkRun, type Difference, type RunVerdict } from '../parity/index.ts';
import { stageDirOf } from '../store/paths.ts';
import { shellWord } from '../store/shell-word.ts';
import { CommandError } from './command-error.ts';
import { findSweep } from './find-sweep.ts';
import { asCommand, defaultResultsDir, toPath } from './project.ts';

type LabelledVerdict = RunVerdict & { readonly label: string };

/** `parity DIR`: recomputes every recorded probe with the TypeScript reference. Exit code 1 where one disagrees. */
export function register(program: Command): void {
  program
    .command('parity')
    .description('recompute every recorded probe with the TypeScript reference')
    .argument('[dir]', "a sweep's folder, such as results/quickstart, its name, or the folder of one stage")
    .option('--results <dir>', 'folder for results', toPath, defaultResultsDir)
    .option('--json', 'print the verdicts as JSON')
    .action(async (dir: string | undefined, options: { results: string; json?: boolean }) => {
      const stages = stagesOf(dir, options.results);
      const verdicts: LabelledVerdict[] = [];
      for (const { label, stageDir } of stages) verdicts.push({ ...(await checkRun(stageDir)), label });
      console.log(options.json === true ? JSON.stringify(verdicts, null, 2) : describe(verdicts));
      if (verdicts.some((verdict) => verdict.agrees === false)) process.exitCode = 1;
    });
}

function stagesOf(dir: string | undefined, results: string): { label: string; stageDir: string }[] {
  const path = dir === undefined ? undefined : resolve(dir);
  if (path !== undefined && existsSync(join(path, 'claims'))) return [{ label: basename(path), stageDir: path }];
  const isFolder = path !== undefined && existsSync(path);
  const resultsDir = isFolder ? dirname(path) : results;
  const sweep = findSweep(resultsDir, isFolder ? basename(path) : dir);
  const stages = sweep.stages
    .filter(({ stage }) => stage === 'prune' || stage === 'finetune')
    .map(({ key, label }) => ({ label, stageDir: stageDirOf(resultsDir, key) }))
    .filter(({ stageDir }) => existsSync(stageDir));
  if (stages.length > 0) return stages;
  throw new CommandError(
    `No stage of \`${sweep.name}\` that records probes has been started yet. Run it: ${asCommand(`run ${shellWord(sweep.file)}`, resultsDir)}`,
  );
}

function describe(verdicts: readonly LabelledVerdict[]): string {
  const probes = verdicts.flatMap((verdict) => verdict.probes);
  const disagreeing = probes.filter((probe) => !probe.agrees).length;
  const unreadable = verdicts.flatMap((verdict) => verdict.unreadable).length;
  return [
    ...verdicts.flatMap(describeStage),
    '',
    `${probes.length} probes recomputed: ${probes.length - disagreeing} agree, ${disagreeing} disagree, ${unreadable} could not be read.`,
  ].join('\n');
}

function describeStage({ label, probes, unreadable, agrees }: LabelledVerdict): string[] {
  const mark = agrees === null ? 'no probes' : agrees ? 'agrees' : 'DISAGREES';
  const differences = probes.flatMap((probe) =>
    probe.firstDifference === undefined
      ? []
      : [`    ${probe.path}`, `    ${describeDifference(probe.firstDifference)}`],
  );
  return [
    `${label}: ${mark}${probes.length > 0 ? ` (${probes.length} probes)` : ''}`,
    ...differences,
    ...unreadable.map(({ path, reason }) => `    ${path}: ${reason}`),
  ];
}

export function describeDifference({ what, index, recorded, expected, tolerance, explanation }: Difference): string {
  const place = index.length === 0 ? what : `${what}[${index.join(', ')}]`;
  return `${place}: recorded ${recorded}, expected ${expected} within ${tolerance.toExponential(1)}: ${explanation}`;
}
