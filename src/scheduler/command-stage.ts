import { maskJson, maskValues } from '../store/secrets.ts';
import { type CommandPlan, type CommandStage, type CommandSweep, expandCommand } from '../sweep/index.ts';
import { collectScore } from './command-score.ts';
import type { AttemptContext, StageCommand, StageSpec } from './stage-spec.ts';

export type CommandOptions = {
  readonly env: Readonly<Record<string, string>>;
  /** Where the program runs: the sweep file's folder. */
  readonly folder: string;
  /** What `${interpreter}` stands for. */
  readonly interpreter: string;
  readonly materialOf: CommandPlan['materialOf'];
  /** Values that are not written down. */
  readonly secrets: readonly string[];
};

/** A run of a user's own program as the scheduler runs it. */
export function commandStage(
  stage: CommandStage,
  sweep: CommandSweep,
  rank: number,
  options: CommandOptions,
): StageSpec {
  const { metric, resultFile, timeoutMinutes } = sweep;
  return {
    key: stage.key,
    label: maskValues(stage.label, options.secrets),
    kind: 'command',
    inputs: [],
    rank,
    gpus: stage.resources.gpus,
    runsPerGpu: stage.resources.runsPerGpu,
    memoryMiB: stage.resources.memoryMiB,
    prepare: (context) => commandOf(stage, sweep, context, options),
    checkResult: ({ stageDir, attempt }) =>
      collectScore(stageDir, attempt, { key: stage.key, metric: metric.name, resultFile }),
    canAccumulate: () => false,
    peakMemoryMiB: () => undefined,
    timeoutMs: timeoutMinutes === null ? undefined : timeoutMinutes * 60_000,
    silenceMs: undefined,
  };
}

function commandOf(
  stage: CommandStage,
  { command, program, resources }: CommandSweep,
  { attempt, stageDir, gpus }: AttemptContext,
  { env, folder, interpreter, materialOf, secrets }: CommandOptions,
): StageCommand {
  const { key, parameters } = stage;
  const [file = '', ...args] = expandCommand(command, {
    program,
    interpreter,
    parameters,
    outputDir: stageDir,
  });
  return {
    request: JSON.stringify({ schemaVersion: 1, key, attempt, material: maskJson(materialOf(stage), secrets) }),
    file,
    args,
    env: {
      ...env,
      OMP_NUM_THREADS: String(resources.threads),
      CUDA_VISIBLE_DEVICES: gpus.join(','),
      LAYERSWEEP_OUTPUT_DIR: stageDir,
    },
    cwd: folder,
  };
}
