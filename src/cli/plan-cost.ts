import { existsSync } from 'node:fs';
import type { StageKind } from '../scheduler/stage-spec.ts';
import { resultPathOf, sealPathOf, stageDirOf } from '../store/paths.ts';
import { readSeal } from '../store/seal.ts';
import type { LoadedSweep } from './loaded-sweep.ts';
import { timedStages } from './stage-durations.ts';

export type PlanCost = {
  readonly kinds: readonly {
    readonly kind: StageKind;
    readonly total: number;
    readonly finished: number;
    /** Of the stages of this kind that any sweep in this folder has run. */
    readonly meanSeconds: number | undefined;
  }[];
  /** Labels of the stages still to run. */
  readonly missing: readonly string[];
  /** undefined while a kind still to run has never been seen. */
  readonly deviceSeconds: number | undefined;
  readonly diskBytes: number | undefined;
};

type Seen = { readonly seconds: readonly number[]; readonly bytes: readonly number[] };

/** What is left of a plan and what it costs, judged by the stages that were run in this folder. */
export function planCost(stages: LoadedSweep['stages'], resultsDir: string): PlanCost {
  const seen = seenStages(resultsDir);
  const finished = new Set(stages.filter(({ key }) => isFinished(resultsDir, key)).map(({ key }) => key));
  const missing = stages.filter(({ key }) => !finished.has(key));
  const names: StageKind[] = [
    ...(['teacher', 'importance', 'prune', 'finetune', 'evaluate', 'command'] as const),
    ...(['cofi-prune', 'cofi-finetune', 'cofi-evaluate'] as const),
  ];
  const kinds = names
    .map((kind) => {
      const all = stages.filter((stage) => stage.kind === kind);
      return {
        kind,
        total: all.length,
        finished: all.filter(({ key }) => finished.has(key)).length,
        meanSeconds: mean(seen.get(kind)?.seconds),
      };
    })
    .filter(({ total }) => total > 0);
  const sumOver = (costOf: (kind: StageKind) => number | undefined): number | undefined => {
    const values = missing.map(({ kind }) => costOf(kind));
    return values.some((value) => value === undefined)
      ? undefined
      : values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  };
  return {
    kinds,
    missing: missing.map(({ label }) => label),
    deviceSeconds: sumOver((kind) => mean(seen.get(kind)?.seconds)),
    diskBytes: sumOver((kind) => mean(seen.get(kind)?.bytes)),
  };
}

function isFinished(resultsDir: string, key: string): boolean {
  const dir = stageDirOf(resultsDir, key);
  return existsSync(sealPathOf(dir)) && existsSync(resultPathOf(dir));
}

/** Durations and sizes of finished stages by kind. */
function seenStages(resultsDir: string): Map<string, Seen> {
  return new Map(
    [...timedStages(resultsDir)].map(([kind, stages]) => [
      kind,
      {
        seconds: stages.map(({ seconds }) => seconds),
        bytes: stages.slice(0, sampledSizes).map(({ key }) => bytesOf(stageDirOf(resultsDir, key))),
      },
    ]),
  );
}

function bytesOf(stageDir: string): number {
  return Object.values(readSeal(stageDir)?.files ?? {}).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Sizes of a kind hardly differ. */
const sampledSizes = 20;

function mean(values: readonly number[] | undefined): number | undefined {
  if (values === undefined || values.length === 0) return undefined;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
