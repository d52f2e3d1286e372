import { isSeedParameter } from '../leaderboard/configuration.ts';
import {
  outcomeOf,
  type ParityVerdict,
  type PruneFacts,
  type RunProvenance,
  type RunRecord,
  type RunSetting,
  type RunState,
} from '../leaderboard/records.ts';
import type { StageMemory } from '../scheduler/memory.ts';
import type { ResolvedSweep } from '../store/sweep-folder.ts';
import type { EvaluateResult, PruneResult, TeacherResult } from '../wire/result.ts';
import { collectCofiRecords, isCofiSweep } from './collect-cofi-records.ts';
import { type FinishedStage, hasProbes, type ReadStage, readRequest, readStage } from './collect-stage.ts';
import type { Collected } from './collected.ts';
import { countNote } from './count-note.ts';
import { portable } from './portable.ts';
import { settingOf } from './run-setting.ts';

export type CollectOptions = {
  /** The verdict on the probes in a stage's folder; without it no run counts as checked. */
  readonly parityOf?: (stageDir: string) => ParityVerdict;
  /** What the journal says of each stage; without it unfinished stages count as waiting, and checksums are looked at. */
  readonly memory?: ReadonlyMap<string, StageMemory>;
};

type PlannedRun = ResolvedSweep['runs'][number];

/** The runs of a sweep as leaderboards take them, from what its stages left on disk; unusable files lose only their own runs. */
export async function collectRecords(
  resultsDir: string,
  sweep: ResolvedSweep,
  options: CollectOptions = {},
): Promise<Collected> {
  if (isCofiSweep(sweep)) return collectCofiRecords(resultsDir, sweep, options.memory);
  const leftOut: string[] = [];
  const stages = new Map<string, ReadStage>();
  const { memory } = options;
  for (const key of new Set(sweep.runs.flatMap(({ stageKeys }) => stageKeys))) {
    const stage = await readStage(resultsDir, key, memory?.get(key)?.succeeded);
    stages.set(key, stage);
    if (stage.kind === 'unusable') leftOut.push(`${key}: ${stage.reason}`);
    if (stage.kind === 'finished') leftOut.push(...stage.problems);
  }
  const parity = new Map<string, ParityVerdict>();
  for (const stage of stages.values()) {
    if (stage.kind === 'finished' && hasProbes(stage))
      parity.set(stage.dir, portableVerdict((options.parityOf ?? unchecked)(stage.dir), resultsDir));
  }
  const settingFor = settingFinder();
  return {
    records: sweep.runs.map((run) => recordOf(run, stages, parity, options.memory ?? new Map(), settingFor)),
    leftOut,
    notes: deviationNotes(sweep, stages),
  };
}

/** In how many of the runs that are trained upstream's trainer was followed where it deviates. */
function deviationNotes({ runs }: ResolvedSweep, stages: ReadonlyMap<string, ReadStage>): string[] {
  const trained = runs.flatMap(({ stageKeys }) => {
    const results = stageKeys.flatMap((key) => {
      const stage = stages.get(key);
      return stage?.kind === 'finished' && 'deviations' in stage.result ? [stage.result.deviations] : [];
    });
    return results.length === 0 ? [] : [[...new Set(results.flat())]];
  });
  return countNote("Deviations as in upstream's trainer (docs/training.md)", trained);
}

function recordOf(
  run: PlannedRun,
  stages: ReadonlyMap<string, ReadStage>,
  parity: ReadonlyMap<string, ParityVerdict>,
  memory: ReadonlyMap<string, StageMemory>,
  settingFor: ReturnType<typeof settingFinder>,
): RunRecord {
  const read = run.stageKeys.map((key) => ({ key, stage: stages.get(key) ?? ({ kind: 'unfinished' } as const) }));
  const finished = read.flatMap(({ stage }) => (stage.kind === 'finished' ? [stage] : []));
  const prune = finished.find((stage) => stage.result.stage === 'prune');
  const pruneResult = prune?.result.stage === 'prune' ? prune.result : null;
  const evaluation = stages.get(run.evaluateKey);
  const evaluateResult =
    evaluation?.kind === 'finished' && evaluation.result.stage === 'evaluate' ? evaluation.result : null;
  const facts = prune && pruneResult ? pruneFacts(prune, pruneResult) : null;
  const usable = read.every(({ stage }) => stage.kind === 'finished') && evaluateResult !== null;
  const { state, reason } = stateOf(usable, read, memory);
  return {
    runId: run.id,
    parameters: run.parameters,
    seed: run.seed,
    task: text(run.parameters.task) ?? 'unknown',
    strategy: text(run.parameters.strategy) ?? 'unknown',
    k: selectedLayers(run.parameters.k, facts),
    sparsityAsked: number(run.parameters.sparsity),
    state,
    reason,
    outcome: usable && evaluateResult ? outcomeOf(evaluateResult, teacherOf(finished)) : null,
    prune: facts,
    parity: joinVerdicts(
      finished.flatMap(({ dir }) => parity.get(dir) ?? []),
      pruneResult?.choices === null ? 'no layer loss' : 'no probes were recorded',
    ),
    setting: settingFor(run, finished),
    provenance: evaluateResult ? provenanceOf(finished, evaluateResult) : null,
    imported: false,
  };
}

function teacherOf(finished: readonly FinishedStage[]): TeacherResult | null {
  for (const { result } of finished) if (result.stage === 'teacher') return result;
  return null;
}

function stateOf(
  usable: boolean,
  read: readonly { key: string; stage: ReadStage }[],
  memory: ReadonlyMap<string, StageMemory>,
): { state: RunState; reason: string | null } {
  if (usable) return { state: 'finished', reason: null };
  for (const { key, stage } of read) {
    if (stage.kind === 'unusable') return { state: 'failed', reason: stage.reason };
    const failed = stage.kind === 'unfinished' ? memory.get(key)?.failed : undefined;
    if (failed) return { state: 'failed', reason: `${key}: ${failed.failure.message}` };
  }
  return { state: 'waiting', reason: null };
}

function pruneFacts({ choices }: FinishedStage, result: PruneResult): PruneFacts {
  return {
    target: result.target,
    calibrated: result.calibration !== null,
    stepsWithoutSurvivor: result.stepsWithoutSurvivor,
    choices,
  };
}

/** The verdict on a run from those on its stages: one that disagrees decides. */
function joinVerdicts(verdicts: readonly ParityVerdict[], otherwise: string): ParityVerdict {
  const disagrees = verdicts.find(({ kind }) => kind === 'disagrees');
  if (disagrees) return disagrees;
  const agreeing = verdicts.flatMap((verdict) => (verdict.kind === 'agrees' ? [verdict.probes] : []));
  if (agreeing.length > 0) return { kind: 'agrees', probes: agreeing.reduce((sum, probes) => sum + probes, 0) };
  return verdicts[0] ?? { kind: 'none', reason: otherwise };
}

function portableVerdict(verdict: ParityVerdict, resultsDir: string): ParityVerdict {
  if (verdict.kind !== 'disagrees') return verdict;
  const { probe, difference } = verdict;
  return { ...verdict, probe: portable(probe, resultsDir), difference: portable(difference, resultsDir) };
}

function unchecked(): ParityVerdict {
  return { kind: 'none', reason: 'not checked' };
}

/** As asked for; else as many as every draw had. */
function selectedLayers(asked: unknown, facts: PruneFacts | null): number | null {
  if (typeof asked === 'number') return asked;
  const counts = new Set(facts?.choices?.drawnLayers.map((drawn) => drawn.length));
  const [only] = counts;
  return counts.size === 1 && only !== undefined ? only : null;
}

/** Runs that differ in their seeds only are trained alike, so one of them is read for all. */
function settingFinder(): (run: PlannedRun, finished: readonly FinishedStage[]) => RunSetting | null {
  const found = new Map<string, RunSetting>();
  return (run, finished) => {
    const key = JSON.stringify(Object.entries(run.parameters).filter(([name]) => !isSeedParameter(name)));
    const known = found.get(key);
    if (known) return known;
    const requests = finished
      .filter(({ result }) => result.stage === 'prune' || result.stage === 'finetune')
      .flatMap(({ dir }) => readRequest(dir) ?? []);
    const prune = requests.find((request) => request.stage === 'prune');
    const finetune = requests.find((request) => request.stage === 'finetune');
    const setting = prune ? settingOf(prune.config, finetune?.config ?? null) : null;
    // Of an unfinished chain only a part is known.
    if (setting && finished.length === run.stageKeys.length) found.set(key, setting);
    return setting;
  };
}

function provenanceOf(finished: readonly FinishedStage[], last: EvaluateResult): RunProvenance {
  const all = finished.map(({ result }) => result.provenance);
  return {
    device: last.provenance.device,
    packages: last.provenance.packages,
    seconds: all.reduce((sum, { seconds }) => sum + seconds, 0),
    steps: all.reduce((sum, { steps }) => sum + steps, 0),
    peakMemoryBytes: Math.max(...all.map(({ peakMemoryBytes }) => peakMemoryBytes)),
    accumulationFactor: Math.max(...finished.map(({ accumulationFactor }) => accumulationFactor)),
  };
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
