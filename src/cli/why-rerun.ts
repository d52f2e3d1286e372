import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { readFileIfAny } from '../store/atomic-file.ts';
import { attemptPaths, kindOfKey, stageDirOf } from '../store/paths.ts';
import { type KeyDifference, type KeyedStage, type PlannedStage, whyRerun } from '../sweep/index.ts';
import { requestSchema } from '../wire/request.ts';
import { CommandError } from './command-error.ts';
import { loadSweep } from './load-sweep.ts';
import { defaultSweepFile, type SweepOptions, withSweepOptions } from './run-options.ts';

type Reason = {
  readonly label: string;
  readonly key: string;
  readonly nearest: string | undefined;
  readonly differences: readonly KeyDifference[];
};

/** `why-rerun STAGE`: what a stage has that no earlier one had. */
export function register(program: Command): void {
  const command = program
    .command('why-rerun')
    .description('say why a stage is not the one that was run before: the fields of its key that differ')
    .argument('<stage>', 'part of the name or key of a stage')
    .argument('[file]', 'sweep file', defaultSweepFile)
    .option('--json', 'print it as JSON');
  withSweepOptions(command).action(async (part: string, file: string, options: SweepOptions & { json?: boolean }) => {
    const { plan } = await loadSweep(resolve(file), options);
    if (!plan)
      throw new CommandError(
        'The key of a run of your own program is made of the program, its command and its parameters, all of which `status` shows',
      );
    const stages = plan.stages.filter(({ key, label }) => key.includes(part) || label.includes(part));
    if (stages.length === 0) {
      throw new CommandError(
        `No stage of \`${plan.name}\` is called anything like \`${part}\`. See: npx layersweep plan ${file} --json`,
      );
    }
    const reasons = stages.map((stage) => reasonFor(stage, options.results));
    console.log(options.json ? JSON.stringify(reasons, null, 2) : reasons.map(describe).join('\n'));
  });
}

function reasonFor(stage: PlannedStage, resultsDir: string): Reason {
  const { key, label } = stage;
  const earlier = earlierStages(resultsDir, stage.work.stage);
  if (earlier.has(key)) return { label, key, nearest: key, differences: [] };
  const now: KeyedStage = { ...stage, tokenizer: '' };
  const ranked = [...earlier]
    .map(([nearest, before]) => ({ nearest, differences: whyRerun(before, now) }))
    .sort((a, b) => a.differences.length - b.differences.length);
  return { label, key, nearest: undefined, differences: [], ...ranked[0] };
}

/** Stages of a kind that were started in this folder, by key, as their requests say. */
function earlierStages(resultsDir: string, kind: string): Map<string, KeyedStage> {
  const stages = new Map<string, KeyedStage>();
  const stagesDir = join(resultsDir, 'stages');
  if (!existsSync(stagesDir)) return stages;
  for (const name of readdirSync(stagesDir).filter((one) => one.startsWith(`${kind}-`))) {
    // The first attempt: later ones may have smaller batches for want of memory.
    const text = readFileIfAny(attemptPaths(stageDirOf(resultsDir, name), 1).request);
    const request = text === undefined ? undefined : requestSchema.safeParse(parseJson(text));
    if (!request?.success) continue;
    const { data } = request;
    const inputs = Object.fromEntries(Object.entries(data.inputs).map(([role, dir]) => [role, basename(dir)]));
    stages.set(name, { work: data, inputs, numerics: data.numerics, tokenizer: '' });
  }
  return stages;
}

function describe({ label, key, nearest, differences }: Reason): string {
  if (nearest === key) return `${label} (${key}): it was run before, under this key`;
  if (nearest === undefined) return `${label} (${key}): no ${kindOfKey(key)} was run in this folder before`;
  if (differences.length === 0) {
    return `${label} (${key}): as ${nearest}, but for the tokenizer's files or the version of the stage's numerics`;
  }
  const lines = differences.map(({ field, before, after }) => `  ${field}: ${show(before)} → ${show(after)}`);
  return [`${label} (${key}): nearest is ${nearest}, which differs in`, ...lines].join('\n');
}

function show(value: unknown): string {
  return value === undefined ? '(default)' : String(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
