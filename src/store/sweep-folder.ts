import { existsSync, mkdirSync } from 'node:fs';
import { z } from 'zod';
import { readFileIfAny, writeFileAtomic } from './atomic-file.ts';
import { StoreError } from './errors.ts';
import { type Identity, livenessOf, ownIdentity } from './identity.ts';
import { type Lock, lockHolder, takeLock } from './lock.ts';
import { parseJson } from './parse-json.ts';
import { type SweepPaths, sweepPaths } from './paths.ts';
import { maskValues } from './secrets.ts';
import { shellWord } from './shell-word.ts';

/** A sweep's resolved form as kept in its folder: enough to show what a changed file changes, and to resume. */
export const resolvedSweepSchema = z.strictObject({
  schemaVersion: z.literal(1),
  name: z.string(),
  /** The sweep file, absolute. */
  file: z.string(),
  text: z.string(),
  /** Threads of a stage, fixed when the sweep was first planned. */
  threads: z.int().min(1),
  device: z.enum(['cpu', 'cuda']),
  glueDir: z.string().nullable(),
  runs: z.array(
    z.strictObject({
      id: z.string(),
      seed: z.int(),
      parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).readonly(),
      stageKeys: z.array(z.string()).readonly(),
      evaluateKey: z.string(),
    }),
  ),
  stages: z.array(
    z.strictObject({
      key: z.string(),
      label: z.string(),
      stage: z.string(),
      inputs: z.record(z.string(), z.string()),
    }),
  ),
});
export type ResolvedSweep = z.infer<typeof resolvedSweepSchema>;

export type SweepFolder = { readonly paths: SweepPaths; readonly lock: Lock };

/** Takes a sweep's folder for the only orchestrator that may write in it. */
export function openSweepFolder(resultsDir: string, name: string): SweepFolder {
  const paths = sweepPaths(resultsDir, name);
  mkdirSync(paths.dir, { recursive: true });
  const attempt = takeLock(paths.locks, ownIdentity());
  if ('heldBy' in attempt) throw new StoreError(heldMessage(resultsDir, name, attempt.heldBy));
  return { paths, lock: attempt.lock };
}

/** The process that runs a sweep now, if any. */
export function sweepHolder(resultsDir: string, name: string): Identity | undefined {
  return lockHolder(sweepPaths(resultsDir, name).locks);
}

export function readResolvedSweep(resultsDir: string, name: string): ResolvedSweep | undefined {
  const path = sweepPaths(resultsDir, name).sweep;
  const text = readFileIfAny(path);
  if (text === undefined) return undefined;
  const parsed = resolvedSweepSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new StoreError(
      `${path}: Expected a sweep as layersweep writes it, found something else: the file was changed or is of another version. Move ${sweepPaths(resultsDir, name).dir} away; finished stages are kept in ${resultsDir}/stages.`,
    );
  }
  return parsed.data;
}

export function writeResolvedSweep(resultsDir: string, sweep: ResolvedSweep): void {
  writeFileAtomic(sweepPaths(resultsDir, sweep.name).sweep, `${JSON.stringify(sweep)}\n`);
}

/** What is kept of a sweep is read by others than who may know what its file says in confidence. */
export function withoutSecrets(sweep: ResolvedSweep, secrets: readonly string[]): ResolvedSweep {
  const hidden = (text: string): string => maskValues(text, secrets, 'withheld');
  if (secrets.length === 0) return sweep;
  return {
    ...sweep,
    text: hidden(sweep.text),
    runs: sweep.runs.map((run) => ({
      ...run,
      parameters: Object.fromEntries(
        Object.entries(run.parameters).map(([name, value]) => [
          name,
          typeof value === 'string' || secrets.includes(String(value)) ? hidden(String(value)) : value,
        ]),
      ),
    })),
    stages: sweep.stages.map((stage) => ({ ...stage, label: hidden(stage.label) })),
  };
}

export type SweepChange = {
  readonly addedRuns: number;
  readonly removedRuns: number;
  readonly newStages: readonly string[];
  readonly keptStages: number;
};

/** What running `next` in the folder of `previous` changes; refuses a folder that another sweep file has written. */
export function compareSweeps(previous: ResolvedSweep, next: ResolvedSweep): SweepChange {
  const earlierRuns = new Set(previous.runs.map(({ id }) => id));
  const laterRuns = new Set(next.runs.map(({ id }) => id));
  const earlierStages = new Set(previous.stages.map(({ key }) => key));
  const change = {
    addedRuns: [...laterRuns].filter((id) => !earlierRuns.has(id)).length,
    removedRuns: [...earlierRuns].filter((id) => !laterRuns.has(id)).length,
    newStages: next.stages.filter(({ key }) => !earlierStages.has(key)).map(({ label }) => label),
    keptStages: next.stages.filter(({ key }) => earlierStages.has(key)).length,
  };
  const same = change.addedRuns === 0 && change.removedRuns === 0 && change.newStages.length === 0;
  // A file that is no longer there was renamed, which makes it no other sweep.
  if (previous.file !== next.file && !same && existsSync(previous.file)) {
    throw new StoreError(
      `The results folder of \`${next.name}\` was written by another sweep of the same name, ${previous.file}. ` +
        `Give ${next.file} another name (its key \`name\`), or choose another folder with --results.`,
    );
  }
  return change;
}

function heldMessage(resultsDir: string, name: string, holder: Identity): string {
  const where = `--results ${shellWord(resultsDir)}`;
  const file = readResolvedSweep(resultsDir, name)?.file;
  const follow = file === undefined ? '' : `Follow it: npx layersweep run ${shellWord(file)} --watch ${where}; `;
  const gone =
    livenessOf(holder) === 'elsewhere'
      ? `. If that host or container is gone for good: npx layersweep repair ${name} --gone ${shellWord(holder.host)} ${where}`
      : '';
  return (
    `The sweep \`${name}\` is being run already, by process ${holder.pid} on ${holder.host}. ` +
    `${follow}see how it stands: npx layersweep status ${name} ${where}${gone}`
  );
}
