import { hash } from 'node:crypto';
import type { Numerics } from '../wire/request.ts';
import type { StageConfig, StageName } from '../wire/stage.ts';
import { canonicalJson } from './canonical-json.ts';

/** Raised whenever a stage's numbers change for the same configuration; the golden trajectories watch it. */
export const numericsVersions: Readonly<Record<StageName, number>> = { teacher: 1, prune: 1, finetune: 1, evaluate: 1 };

export type KeyedStage = {
  readonly work: StageConfig;
  /** Keys of input stages by role. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly numerics: Numerics;
  /** Hash over the tokenizer's files; a request does not carry it. */
  readonly tokenizer?: string;
};

/** `<stage>-<16 hex digits>`: equal for stages that compute the same thing. docs/keys.md says what goes in. */
export function contentKey(stage: KeyedStage): string {
  return `${stage.work.stage}-${hash('sha256', canonicalJson(keyMaterial(stage))).slice(0, 16)}`;
}

/** What the key is the hash of: content only, fields at their neutral default left out. */
export function keyMaterial(stage: KeyedStage): Record<string, unknown> {
  const { work, inputs, numerics, tokenizer } = stage;
  return {
    stage: work.stage,
    numericsVersion: numericsVersions[work.stage],
    config: withoutNeutral(contentOf(work)),
    inputs,
    numerics,
    ...(tokenizer === undefined ? {} : { tokenizer }),
  };
}

type Json = Record<string, unknown>;

/** Fields that leave the work as it would be without them, by path within the configuration. */
const neutral: readonly (readonly [path: string, value: unknown])[] = [
  ['task.maxTrainExamples', null],
  ['task.maxEvalExamples', null],
  ['training.accumulationSteps', 1],
  ['training.warmupFraction', 0],
  ['training.weightDecay', 0],
  ['training.batching', 'shuffled'],
  ['training.evalEverySteps', null],
  ['prefinetune.count', 0],
  ['sparsity.epsilon', 0],
  ['sparsity.calibrate', false],
  ['sparsity.latchTarget', false],
  ['probeEverySteps', null],
];

/** The configuration with fingerprints in place of names and paths. */
function contentOf(work: StageConfig): Json {
  switch (work.stage) {
    case 'teacher':
      return { ...work.config, task: taskContent(work.config.task), model: modelContent(work.config.model) };
    case 'prune':
      return {
        ...work.config,
        task: taskContent(work.config.task),
        model: modelContent(work.config.model),
        ...strategyContent(work.config),
      };
    case 'finetune':
      return { ...work.config, task: taskContent(work.config.task), ...strategyContent(work.config) };
    case 'evaluate':
      return { ...work.config, task: taskContent(work.config.task) };
    default:
      work satisfies never;
      throw new Error('unreachable stage');
  }
}

function taskContent({
  source: _source,
  ...content
}: Extract<StageConfig, { stage: 'teacher' }>['config']['task']): Json {
  return content;
}

function modelContent(model: Extract<StageConfig, { stage: 'teacher' }>['config']['model']): Json {
  switch (model.source) {
    case 'embedded':
      return { fingerprint: model.fingerprint, layers: model.layers };
    case 'directory':
      return { fingerprint: model.fingerprint };
    case 'hub':
      return { commit: model.commit };
    case 'random':
      return { ...model };
    default:
      model satisfies never;
      throw new Error('unreachable model source');
  }
}

/** Without a layer loss, its weight and its draws say nothing; of a module only its bytes count. */
function strategyContent(config: Extract<StageConfig, { stage: 'prune' | 'finetune' }>['config']): Json {
  const { strategy, distillation, seeds } = config;
  if (strategy.kind === 'module') return { strategy: { sha256: strategy.sha256 } };
  const { layerWeight: _weight, ...prediction } = distillation;
  const { layerDraws: _draws, ...otherSeeds } = seeds;
  return { strategy, distillation: prediction, seeds: otherSeeds };
}

function withoutNeutral(config: Json): Json {
  const result: Json = { ...config };
  for (const [path, value] of neutral) {
    const [first = '', second] = path.split('.');
    if (second === undefined) {
      if (result[first] === value) delete result[first];
      continue;
    }
    const part = result[first] as Json | undefined;
    if (part === undefined || part[second] !== value) continue;
    const { [second]: _dropped, ...rest } = part;
    result[first] = rest;
  }
  const prefinetune = result.prefinetune as Json | undefined;
  if (prefinetune !== undefined && !('count' in prefinetune)) delete result.prefinetune;
  return result;
}
