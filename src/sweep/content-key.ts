import { hash } from 'node:crypto';
import type { Numerics } from '../wire/request.ts';
import type { StageConfig, StageName } from '../wire/stage.ts';
import { canonicalJson, rememberText } from './canonical-json.ts';

/** Raised whenever a stage's numbers change for the same configuration; the golden trajectories watch it. */
export const numericsVersions: Readonly<Record<StageName, number>> = {
  teacher: 1,
  importance: 1,
  prune: 3,
  finetune: 1,
  evaluate: 1,
};

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
    config: contentOf(work),
    inputs,
    numerics,
    ...(tokenizer === undefined ? {} : { tokenizer }),
  };
}

type Json = Record<string, unknown>;

/** Values that leave the work as it would be without the field, by section of the configuration. */
const neutral: Readonly<Record<string, Json>> = {
  task: { maxTrainExamples: null, maxEvalExamples: null },
  training: {
    accumulationSteps: 1,
    warmupFraction: 0,
    weightDecay: 0,
    batching: 'shuffled',
    evalEverySteps: null,
    compile: false,
  },
  sparsity: { epsilon: 0, calibrate: false, latchTarget: false },
};

/** The configuration with fingerprints in place of names and paths, its sections without what is neutral. */
function contentOf(work: StageConfig): Json {
  const config: Json = { ...work.config };
  if ('strategy' in work.config && work.config.strategy.kind === 'none') {
    Object.assign(config, withoutLayerLoss(work.config));
  }
  if ('defects' in work.config && work.config.defects.length === 0) delete config.defects;
  if (work.stage === 'prune') {
    if (work.config.prefinetune.count === 0) delete config.prefinetune;
    if (work.config.probeEverySteps === null) delete config.probeEverySteps;
    if (work.config.studentDropout === null) delete config.studentDropout;
  }
  for (const name of sections) if (name in config) config[name] = sectionContent(name, config[name] as Json);
  return config;
}

/** Sections that the stages of a plan share: each is looked at, and written as text, once. */
const sections = ['task', 'model', 'training', 'sparsity', 'strategy', 'speed'] as const;

function sectionContent(name: (typeof sections)[number], section: Json): Json {
  const known = contents.get(section);
  if (known !== undefined) return known;
  const content = withoutSource(name, section);
  for (const [field, value] of Object.entries(neutral[name] ?? {})) if (content[field] === value) delete content[field];
  rememberText(content);
  contents.set(section, content);
  return content;
}

const contents = new WeakMap<Json, Json>();

/** Where data, model and module come from does not count, only what they are. */
function withoutSource(name: string, section: Json): Json {
  const content = { ...section };
  if (name === 'task') delete content.source;
  if (name === 'model' && content.source !== 'random') {
    for (const field of ['source', 'path', 'name']) delete content[field];
  }
  return name === 'strategy' && content.kind === 'module' ? { sha256: content.sha256 } : content;
}

/** Without a layer loss, its weight and its draws say nothing. */
function withoutLayerLoss({
  distillation,
  seeds,
}: Extract<StageConfig, { stage: 'prune' | 'finetune' }>['config']): Json {
  const { layerWeight: _weight, ...prediction } = distillation;
  const { layerDraws: _draws, ...otherSeeds } = seeds;
  return { distillation: prediction, seeds: otherSeeds };
}
