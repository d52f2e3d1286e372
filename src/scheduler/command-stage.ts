import { type CommandStage, type CommandSweep, expandCommand } from '../sweep/index.ts';
import { collectScore } from './command-score.ts';
import type { AttemptContext, StageCommand, StageSpec } from './stage-spec.ts';

export type CommandOptions = {
  readonly env: Readonly<Record<string, string>>;
  /** Where the program runs: the sweep file's folder. */
  readonly folder: string;
  readonly programSha256: string | null;
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
    label: stage.label,
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
  { key, parameters }: CommandStage,
  { command, program, resources }: CommandSweep,
  { attempt, stageDir, gpus }: AttemptContext,
  { env, folder, programSha256 }: CommandOptions,
): StageCommand {
  const [file = '', ...args] = expandCommand(command, {
    program,
    interpreter: 'python',
    parameters,
    outputDir: stageDir,
  });
  return {
    request: JSON.stringify({ schemaVersion: 1, key, attempt, parameters, programSha256 }),
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
