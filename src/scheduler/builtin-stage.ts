import { join } from 'node:path';
import { readFileIfAny } from '../store/atomic-file.ts';
import type { Adjustment } from '../store/journal-events.ts';
import { resultPathOf } from '../store/paths.ts';
import type { PlannedStage } from '../sweep/plan.ts';
import { type StageRequest, wireVersion } from '../wire/request.ts';
import { resultSchema } from '../wire/result.ts';
import type { StageConfig } from '../wire/stage.ts';
import { checkResultFile } from './check-result.ts';
import type { AttemptContext, StageCommand, StageSpec } from './stage-spec.ts';

export type BuiltinOptions = {
  /** The interpreter of the project's .venv, and the folder of its Python sources. */
  readonly python: string;
  readonly pythonPath: string;
  readonly embeddedDataDir: string | null;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
};

const heartbeatSeconds = 10;
/** Loading torch on a busy disk takes a while, and gives no sign. */
const silenceMs = 10 * 60_000;

/** A planned stage of the built-in training backend as the scheduler runs it. */
export function builtinStage(stage: PlannedStage, rank: number, options: BuiltinOptions): StageSpec {
  return {
    key: stage.key,
    label: stage.label,
    kind: stage.work.stage,
    inputs: [...new Set(Object.values(stage.inputs))],
    rank,
    gpus: stage.resources.gpus,
    runsPerGpu: stage.resources.runsPerGpu,
    memoryMiB: stage.resources.memoryMiB,
    prepare: (context) => commandOf(stage, context, options),
    checkResult: ({ stageDir }) => checkResultFile(stageDir, stage.key, resultSchema),
    canAccumulate: (factor) => canAccumulate(stage.work, factor),
    peakMemoryMiB,
    timeoutMs: undefined,
    silenceMs,
  };
}

function commandOf(stage: PlannedStage, context: AttemptContext, options: BuiltinOptions): StageCommand {
  const inputs = Object.fromEntries(
    Object.entries(stage.inputs).map(([role, key]) => [role, context.inputDirs[key] ?? '']),
  );
  const request: StageRequest = {
    schemaVersion: wireVersion,
    key: stage.key,
    attempt: context.attempt,
    numerics: stage.numerics,
    stageDir: context.stageDir,
    attemptDir: context.attemptDir,
    inputs,
    embeddedDataDir: options.embeddedDataDir,
    heartbeatSeconds,
    checkpointEverySteps: stage.checkpointEverySteps,
    ...adjusted(stage.work, context.adjustment),
  };
  const threads = String(stage.numerics.threads);
  return {
    request: JSON.stringify(request),
    file: options.python,
    args: ['-m', `layersweep.stages.${stage.work.stage}`, '--request', join(context.attemptDir, 'request.json')],
    env: {
      ...options.env,
      PYTHONPATH: options.pythonPath,
      PYTHONHASHSEED: '0',
      PYTHONUNBUFFERED: '1',
      OMP_NUM_THREADS: threads,
      MKL_NUM_THREADS: threads,
      TOKENIZERS_PARALLELISM: 'false',
      CUDA_VISIBLE_DEVICES: context.gpus.join(','),
      CUBLAS_WORKSPACE_CONFIG: ':4096:8',
    },
    cwd: options.cwd,
  };
}

/** Smaller batches, added up: the batch of an optimizer step stays what it was. */
function adjusted(work: StageConfig, { accumulationFactor }: Adjustment): StageConfig {
  if (accumulationFactor === 1 || !('training' in work.config)) return work;
  const { training } = work.config;
  const config = {
    ...work.config,
    training: {
      ...training,
      accumulationSteps: training.accumulationSteps * accumulationFactor,
    },
  };
  return { ...work, config } as StageConfig;
}

function canAccumulate(work: StageConfig, factor: number): boolean {
  if (!('training' in work.config)) return false;
  const { batchSize, accumulationSteps } = work.config.training;
  return batchSize % (accumulationSteps * factor) === 0;
}

/** CUDA's context and libraries, which torch does not count. */
const contextMiB = 700;

function peakMemoryMiB(stageDir: string): number | undefined {
  try {
    const parsed = resultSchema.safeParse(JSON.parse(readFileIfAny(resultPathOf(stageDir)) ?? ''));
    return parsed.success ? parsed.data.provenance.peakMemoryBytes / 2 ** 20 + contextMiB : undefined;
  } catch {
    return undefined;
  }
}
