import { join } from 'node:path';
import { attemptPaths } from '../store/paths.ts';
import { type CofiStage, loggingSteps } from '../sweep/index.ts';
import { type CofiProvenance, type CofiRequest, cofiResultSchema, modelFolder } from '../upstream/stage-files.ts';
import { checkResultFile } from './check-result.ts';
import type { AttemptContext, StageCommand, StageSpec } from './stage-spec.ts';

export type CofiOptions = {
  /** What runs a stage: it takes `--request FILE` after these arguments. */
  readonly driver: { readonly file: string; readonly args: readonly string[] };
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly threads: number;
  /** The user's, which trains. */
  readonly python: string;
  /** The project's, which reads the saved gates. */
  readonly ownPython: string;
  readonly pythonPath: string;
  readonly provenance: CofiProvenance;
  /** Folder of the sources with this hash. */
  readonly sourcesDir: (sources: string) => string;
  /** `--model_name_or_path` and what belongs to it. */
  readonly modelArguments: (stage: CofiStage) => readonly string[];
  readonly teacherOf: (task: string) => string;
};

/** A stage of upstream's own program as the scheduler runs it. */
export function cofiStage(stage: CofiStage, rank: number, options: CofiOptions): StageSpec {
  return {
    key: stage.key,
    label: stage.label,
    kind: stage.kind,
    inputs: Object.values(stage.inputs),
    rank,
    gpus: stage.resources.gpus,
    runsPerGpu: stage.resources.runsPerGpu,
    memoryMiB: stage.resources.memoryMiB,
    peakMemoryMiB: () => undefined,
    prepare: (context) => commandOf(stage, context, options),
    checkResult: ({ stageDir }) => checkResultFile(stageDir, stage.key, cofiResultSchema),
    canAccumulate: () => false,
    timeoutMs: undefined,
    // Upstream is silent while it fetches and prepares its data, for however long that takes.
    silenceMs: undefined,
  };
}

function commandOf(stage: CofiStage, context: AttemptContext, options: CofiOptions): StageCommand {
  const { driver, env, cwd, threads } = options;
  return {
    request: JSON.stringify(requestOf(stage, context, options)),
    file: driver.file,
    args: [...driver.args, '--request', attemptPaths(context.stageDir, context.attempt).request],
    env: {
      ...env,
      OMP_NUM_THREADS: String(threads),
      MKL_NUM_THREADS: String(threads),
      TOKENIZERS_PARALLELISM: 'false',
      PYTHONHASHSEED: '0',
      CUDA_VISIBLE_DEVICES: context.gpus.join(','),
    },
    cwd,
  };
}

function requestOf(stage: CofiStage, context: AttemptContext, options: CofiOptions): CofiRequest {
  const { stageDir, attemptDir, attempt } = context;
  const { key, kind, task, primaryMetric, drawnLayers } = stage;
  const dirOf = (role: string) => context.inputDirs[stage.inputs[role] ?? ''] ?? '';
  const material = { ...stage.material };
  const common = { schemaVersion: 1 as const, key, material, attempt, stageDir, attemptDir, primaryMetric };
  if (kind === 'cofi-evaluate') {
    const finetuneDir = 'finetune' in stage.inputs ? dirOf('finetune') : null;
    const { ownPython, pythonPath, provenance } = options;
    const own = { python: ownPython, pythonPath, provenance, isPublished: stage.isPublished };
    return { ...common, ...own, stage: kind, pruneDir: dirOf('prune'), finetuneDir };
  }
  const paths = [
    ...options.modelArguments(stage),
    ...['--distillation_path', options.teacherOf(task), '--output_dir', join(stageDir, modelFolder)],
  ];
  const training = {
    ...{ ...common, task, drawnLayers: drawnLayers && [...drawnLayers], loggingSteps, python: options.python },
    sources: options.sourcesDir(stage.sources),
  };
  if (kind === 'cofi-prune') return { ...training, stage: kind, arguments: [...stage.arguments, ...paths] };
  return { ...training, stage: kind, pruneDir: dirOf('prune'), arguments: [...stage.arguments, ...paths] };
}
