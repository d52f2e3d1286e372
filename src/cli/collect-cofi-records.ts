import { outcomeOfNumbers, type RunRecord, type RunSetting } from '../leaderboard/records.ts';
import type { StageMemory } from '../scheduler/memory.ts';
import { readFileIfAny } from '../store/atomic-file.ts';
import { resultPathOf, stageDirOf } from '../store/paths.ts';
import { findDamage, readSeal } from '../store/seal.ts';
import type { ResolvedSweep } from '../store/sweep-folder.ts';
import { type CofiResult, cofiResultSchema } from '../upstream/stage-files.ts';
import { readChoices } from './collect-choices.ts';
import type { Collected } from './collected.ts';
import { countNote } from './count-note.ts';

type PlannedRun = ResolvedSweep['runs'][number];
type Evaluated = Extract<CofiResult, { stage: 'cofi-evaluate' }>;
type ReadStage =
  | { readonly kind: 'finished'; readonly result: CofiResult; readonly dir: string }
  | { readonly kind: 'unfinished' }
  | { readonly kind: 'unusable'; readonly reason: string };

export function isCofiSweep({ stages }: ResolvedSweep): boolean {
  return stages.some(({ stage }) => stage.startsWith('cofi-'));
}

/** The runs of a sweep of upstream's program as leaderboards take them. */
export async function collectCofiRecords(
  resultsDir: string,
  sweep: ResolvedSweep,
  memory: ReadonlyMap<string, StageMemory> = new Map(),
): Promise<Collected> {
  const stages = new Map<string, ReadStage>();
  for (const key of new Set(sweep.runs.flatMap(({ stageKeys }) => stageKeys))) {
    stages.set(key, await readCofiStage(resultsDir, key));
  }
  const records = sweep.runs.map((run) => recordOf(run, stages, memory));
  const unusable = [...stages].flatMap(([key, stage]) =>
    stage.kind === 'unusable' ? [`${key}: ${stage.reason}`] : [],
  );
  return { records, leftOut: unusable, notes: quirkNotes(sweep, stages) };
}

async function readCofiStage(resultsDir: string, key: string): Promise<ReadStage> {
  const dir = stageDirOf(resultsDir, key);
  const text = readFileIfAny(resultPathOf(dir));
  if (text === undefined) return { kind: 'unfinished' };
  const seal = readSeal(dir);
  const damage = seal === undefined ? undefined : await findDamage(dir, seal, 'numbers');
  if (damage !== undefined) return { kind: 'unusable', reason: `changed since it was recorded: ${damage}` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'unusable', reason: 'result.json is not whole JSON' };
  }
  const parsed = cofiResultSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { kind: 'unusable', reason: `result.json is no result: ${issue?.path.join('.')}: ${issue?.message}` };
  }
  return { kind: 'finished', result: parsed.data, dir };
}

function recordOf(
  run: PlannedRun,
  stages: ReadonlyMap<string, ReadStage>,
  memory: ReadonlyMap<string, StageMemory>,
): RunRecord {
  const { parameters } = run;
  const read = run.stageKeys.map((key) => ({ key, stage: stages.get(key) ?? { kind: 'unfinished' as const } }));
  const finished = read.flatMap(({ stage }) => (stage.kind === 'finished' ? [stage] : []));
  const prune = finished.find(({ result }) => result.stage === 'cofi-prune');
  const last = finished.find(({ result }) => result.stage === 'cofi-evaluate')?.result;
  const evaluated = last?.stage === 'cofi-evaluate' && finished.length === read.length ? last : null;
  return {
    runId: run.id,
    parameters,
    seed: run.seed,
    task: String(parameters.task),
    strategy: String(parameters.strategy),
    k: typeof parameters.k === 'number' ? parameters.k : null,
    sparsityAsked: typeof parameters.sparsity === 'number' ? parameters.sparsity : null,
    ...stateOf(evaluated, read, memory),
    outcome: evaluated && outcomeOfNumbers(evaluated),
    prune:
      prune?.result.stage === 'cofi-prune'
        ? {
            target: prune.result.target,
            calibrated: false,
            stepsWithoutSurvivor: null,
            choices: readChoices(prune.dir, prune.result.choices).choices,
          }
        : null,
    parity: { kind: 'none', reason: 'upstream records no probes' },
    setting: settingOf(parameters, evaluated),
    provenance: evaluated && {
      device: evaluated.provenance.device,
      packages: evaluated.provenance.packages,
      seconds: evaluated.trainingSeconds,
      steps: evaluated.steps,
      peakMemoryBytes: null,
      accumulationFactor: 1,
    },
    imported: false,
  };
}

function stateOf(
  evaluated: Evaluated | null,
  read: readonly { key: string; stage: ReadStage }[],
  memory: ReadonlyMap<string, StageMemory>,
): Pick<RunRecord, 'state' | 'reason'> {
  if (evaluated) return { state: 'finished', reason: null };
  for (const { key, stage } of read) {
    if (stage.kind === 'unusable') return { state: 'failed', reason: stage.reason };
    const failed = stage.kind === 'unfinished' ? memory.get(key)?.failed : undefined;
    if (failed) return { state: 'failed', reason: `${key}: ${failed.failure.message}` };
  }
  return { state: 'waiting', reason: null };
}

function settingOf(parameters: PlannedRun['parameters'], evaluated: Evaluated | null): RunSetting {
  const {
    model,
    num_train_epochs: epochs,
    max_steps: steps,
    batch_size: batch,
    finetune_epochs: finetune,
  } = parameters;
  const { max_train_examples: train, max_eval_examples: evaluation } = parameters;
  const length = steps === undefined ? `${epochs} epochs` : `${steps} steps`;
  const then = finetune === 0 ? '' : `, finetuned for ${finetune} epochs of batch ${parameters.finetune_batch_size}`;
  const by = evaluated === null ? '' : `, by CoFiPruning ${evaluated.provenance.checkout}`;
  const reduced = [
    ...(train === undefined ? [] : [`first ${train} training rows`]),
    ...(evaluation === undefined ? [] : [`first ${evaluation} rows of the dev set`]),
  ];
  return {
    model: String(model),
    comparableToReported: reduced.length === 0 && model === 'bert-base-uncased',
    split: 'models chosen and reported on the dev set (dev-best)',
    training: `pruned for ${length} of batch ${batch}${then}${by}`,
    reduction: reduced.length === 0 ? null : reduced.join(', '),
  };
}

/** How many runs each published defect has hit. */
function quirkNotes({ runs }: ResolvedSweep, stages: ReadonlyMap<string, ReadStage>): string[] {
  const evaluated = runs.flatMap(({ evaluateKey }) => {
    const stage = stages.get(evaluateKey);
    return stage?.kind === 'finished' && stage.result.stage === 'cofi-evaluate' ? [stage.result] : [];
  });
  return countNote(
    "Published defects of upstream's program (docs/diagnose.md)",
    evaluated.map(({ quirks }) => quirks),
  );
}
