import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { readFileIfAny } from '../store/atomic-file.ts';
import { parseJson } from '../store/parse-json.ts';
import { attemptPaths, kindOfKey, stageDirOf } from '../store/paths.ts';
import { shellWord } from '../store/shell-word.ts';
import { differingFields, type KeyDifference, type KeyedStage, type PlannedStage, whyRerun } from '../sweep/index.ts';
import { requestSchema } from '../wire/request.ts';
import { CommandError } from './command-error.ts';
import { findSweep, sweepNames } from './find-sweep.ts';
import { printJson } from './json-shapes.ts';
import { loadSweep } from './load-sweep.ts';
import { asRun, defaultSweepFile, type SweepOptions, withSweepOptions } from './run-options.ts';

type Options = SweepOptions & { json?: boolean };
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
    .argument('[file]', 'sweep file, or name of a sweep; the latest without')
    .option('--json', 'print it as JSON');
  withSweepOptions(command).action(async (part: string, nameOrFile: string | undefined, given: Options) => {
    const { file, options } = meant(nameOrFile, given);
    const { name, plan, materialOf, stages: all } = await loadSweep(file, options);
    const stages = all.filter(({ key, label }) => key.includes(part) || label.includes(part));
    if (stages.length === 0) {
      throw new CommandError(
        `No stage of \`${name}\` is called anything like \`${part}\`. See: npx layersweep plan ${shellWord(file)} --json`,
      );
    }
    const planned = new Map(plan?.stages.map((stage) => [stage.key, stage]));
    const reasons = stages.map(({ key, label }) => {
      const stage = planned.get(key);
      return stage
        ? reasonFor(stage, options.results)
        : nearestOf({ key, label }, earlierMaterials(options.results, kindOfKey(key)), (before) =>
            differingFields(before, materialOf?.(key)),
          );
    });
    if (options.json) printJson('why-rerun', reasons);
    else console.log(reasons.map(describe).join('\n'));
  });
}

/** A sweep that was run is planned as it was run: another device or GLUE directory would mean other stages. */
function meant(nameOrFile: string | undefined, options: Options): { file: string; options: Options } {
  if (nameOrFile !== undefined && existsSync(nameOrFile)) return { file: resolve(nameOrFile), options };
  if (sweepNames(options.results).length === 0) return { file: resolve(nameOrFile ?? defaultSweepFile), options };
  const sweep = findSweep(options.results, nameOrFile);
  return { file: sweep.file, options: { ...asRun(sweep), ...options } };
}

function reasonFor(stage: PlannedStage, resultsDir: string): Reason {
  const now: KeyedStage = { ...stage, tokenizer: '' };
  return nearestOf(stage, earlierStages(resultsDir, stage.work.stage), (before) => whyRerun(before, now));
}

function nearestOf<T>(
  { key, label }: { readonly key: string; readonly label: string },
  earlier: ReadonlyMap<string, T>,
  differencesTo: (before: T) => KeyDifference[],
): Reason {
  if (earlier.has(key)) return { label, key, nearest: key, differences: [] };
  const ranked = [...earlier]
    .map(([nearest, before]) => ({ nearest, differences: differencesTo(before) }))
    .sort((a, b) => a.differences.length - b.differences.length);
  return { label, key, nearest: undefined, differences: [], ...ranked[0] };
}

/** Stages of a kind that were started in this folder, by key, as their requests say. */
function earlierStages(resultsDir: string, kind: string): Map<string, KeyedStage> {
  const stages = new Map<string, KeyedStage>();
  for (const [name, value] of earlierRequests(resultsDir, kind)) {
    const request = requestSchema.safeParse(value);
    if (!request.success) continue;
    const { data } = request;
    const inputs = Object.fromEntries(Object.entries(data.inputs).map(([role, dir]) => [role, basename(dir)]));
    stages.set(name, { work: data, inputs, numerics: data.numerics, tokenizer: '' });
  }
  return stages;
}

/** Of a run of the user's own program and of upstream's stages alike. */
const withMaterial = z.object({ material: z.record(z.string(), z.unknown()) });

function earlierMaterials(resultsDir: string, kind: string): Map<string, unknown> {
  return new Map(
    earlierRequests(resultsDir, kind).flatMap(([name, value]) => {
      const request = withMaterial.safeParse(value);
      return request.success ? [[name, request.data.material] as const] : [];
    }),
  );
}

/** What the stages of a kind were asked for, by key. */
function earlierRequests(resultsDir: string, kind: string): [key: string, request: unknown][] {
  const stagesDir = join(resultsDir, 'stages');
  if (!existsSync(stagesDir)) return [];
  const names = readdirSync(stagesDir).filter((name) => kindOfKey(name) === kind);
  // The first attempt: later ones may have smaller batches for want of memory.
  return names.map((name) => [
    name,
    parseJson(readFileIfAny(attemptPaths(stageDirOf(resultsDir, name), 1).request) ?? ''),
  ]);
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
