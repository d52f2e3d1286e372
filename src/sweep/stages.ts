import { importanceMeasureOf } from '../strategy/needs.ts';
import type { ModelConfig } from '../wire/model.ts';
import type { Numerics } from '../wire/request.ts';
import type { StageConfig } from '../wire/stage.ts';
import type { TaskConfig } from '../wire/task.ts';
import { defectsOf } from './defects.ts';
import type { PlainParameters } from './parameters.ts';
import { pruneLength } from './prune-length.ts';
import type { Settings } from './settings.ts';

type Values = Settings['values'];
type Training = Extract<StageConfig, { stage: 'teacher' }>['config']['training'];
type Duration = Training['duration'];
type StrategyModule = Extract<StageConfig, { stage: 'prune' }>['config']['strategy'];

/** The same object for equal data, so that the stages of a large plan share their sections. */
export type Share = <T extends object>(section: T) => T;

export function shareEqual(): Share {
  const known = new Map<string, object>();
  return <T extends object>(section: T): T => {
    const text = JSON.stringify(section);
    const found = known.get(text);
    if (found !== undefined) return found as T;
    known.set(text, section);
    return section;
  };
}

export type StageParts = {
  readonly task: TaskConfig;
  readonly model: ModelConfig;
  readonly teacher: ModelConfig;
  readonly strategy: StrategyModule;
  readonly share: Share;
};

/** The stages of one run in order; layers are measured only where the strategy asks for it, and a finetuning of length 0 is left out. */
export function stageConfigs({ values: given, strategy: chosen }: Settings, parts: StageParts): StageConfig[] {
  const { model, strategy, share } = parts;
  const task = share(parts.task);
  const values = withPruneLength(given, task);
  const seed = values.seed ?? 1;
  const teacherSeed = values.teacher_seed ?? seed;
  const initialisation = values.init_seed ?? seed;
  const dataOrder = values.data_seed ?? seed;
  const layerDraws = values.draw_seed ?? seed;
  const defects = defectsOf(values, task.name);
  const distillation = share({
    predictionWeight: need(values.prediction_weight, 'prediction_weight'),
    layerWeight: need(values.layer_weight, 'layer_weight'),
    temperature: need(values.distillation_temperature, 'distillation_temperature'),
  });
  const teacher: StageConfig = {
    stage: 'teacher',
    config: {
      task,
      model: parts.teacher,
      training: share(training(values, 'teacher')),
      seeds: { initialisation: teacherSeed, dataOrder: teacherSeed },
    },
  };
  const measure = importanceMeasureOf(chosen);
  const maxLength = need(values.max_length, 'max_length');
  const importance: StageConfig[] =
    measure === null ? [] : [{ stage: 'importance', config: { task, measure, maxLength } }];
  const prune: StageConfig = {
    stage: 'prune',
    config: {
      task,
      model,
      studentStart: need(values.student_start, 'student_start'),
      studentDropout: values.student_dropout ?? null,
      strategy,
      distillation,
      training: share(training(values, 'prune')),
      prefinetune: duration(values, 'prefinetune'),
      sparsity: share(sparsity(values)),
      defects,
      probeEverySteps: values.probe_every_steps || null,
      seeds: { initialisation, dataOrder, gateNoise: values.gate_seed ?? seed, layerDraws },
    },
  };
  const finetune: StageConfig = {
    stage: 'finetune',
    config: {
      task,
      distillation,
      strategy,
      training: share(training(values, 'finetune')),
      defects,
      seeds: { initialisation, dataOrder, layerDraws },
    },
  };
  const evaluate: StageConfig = {
    stage: 'evaluate',
    config: {
      task,
      maxLength,
      speed: share({
        batchSize: need(values.speed_batch_size, 'speed_batch_size'),
        sequenceLength: need(values.speed_sequence_length, 'speed_sequence_length'),
        rounds: need(values.speed_rounds, 'speed_rounds'),
      }),
    },
  };
  const length = finetune.config.training.duration.count;
  return [teacher, ...importance, prune, ...(length === 0 ? [] : [finetune]), evaluate];
}

export function numericsOf({ values }: Settings, device: Numerics['device'], threads: number): Numerics {
  return { device, threads, precision: need(values.precision, 'precision') };
}

function withPruneLength(values: Values, { name, split }: TaskConfig): Values {
  const pruning = pruneLength(values, name, split);
  if ('problem' in pruning) throw new Error('a run that was checked before has problems');
  const { prune_epochs: _epochs, prune_steps: _steps, ...rest } = values;
  const { unit, count } = pruning.length;
  return unit === 'epochs' ? { ...rest, prune_epochs: count } : { ...rest, prune_steps: count };
}

function training(values: Values, phase: 'teacher' | 'prune' | 'finetune'): Training {
  const batchSize = need(values.batch_size, 'batch_size');
  return {
    duration: duration(values, phase),
    batchSize: phase === 'finetune' ? (values.finetune_batch_size ?? batchSize) : batchSize,
    accumulationSteps: need(values.accumulation_steps, 'accumulation_steps'),
    learningRate: need(values[`${phase}_learning_rate`], `${phase}_learning_rate`),
    learningRateSchedule: need(values[`${phase}_schedule`], `${phase}_schedule`),
    warmupFraction: need(values.warmup_fraction, 'warmup_fraction'),
    weightDecay: need(values.weight_decay, 'weight_decay'),
    gradientClip: need(values.gradient_clip, 'gradient_clip'),
    maxLength: need(values.max_length, 'max_length'),
    batching: need(values.batching, 'batching'),
    evalEverySteps: values.eval_every_steps ?? null,
    compile: need(values.compile, 'compile'),
  };
}

function sparsity(values: Values): Extract<StageConfig, { stage: 'prune' }>['config']['sparsity'] {
  const gates = need(values.gates, 'gates');
  return {
    target: need(values.sparsity, 'sparsity'),
    epsilon: need(values.sparsity_epsilon, 'sparsity_epsilon'),
    warmup: warmup(values),
    calibrate: need(values.calibrate, 'calibrate'),
    gates: typeof gates === 'string' ? [gates] : [...gates],
    gateLearningRate: need(values.gate_learning_rate, 'gate_learning_rate'),
    multiplierLearningRate: need(values.multiplier_learning_rate, 'multiplier_learning_rate'),
    temperature: need(values.gate_temperature, 'gate_temperature'),
    initialLogit: need(values.initial_logit, 'initial_logit'),
    initialIntermediateLogit: need(values.initial_intermediate_logit, 'initial_intermediate_logit'),
    latchTarget: need(values.latch_target, 'latch_target'),
  };
}

function duration(values: Values, phase: 'teacher' | 'prune' | 'finetune' | 'prefinetune'): Duration {
  const epochs = values[`${phase}_epochs`];
  if (epochs !== undefined) return { unit: 'epochs', count: epochs };
  return { unit: 'steps', count: need(values[`${phase}_steps`], `${phase}_steps`) };
}

/** A share of the pruning in the unit that the pruning is counted in. */
function warmup(values: Values): Duration {
  const { sparsity_warmup_epochs: epochs, sparsity_warmup_steps: steps, sparsity_warmup_fraction: fraction } = values;
  if (epochs !== undefined) return { unit: 'epochs', count: epochs };
  if (steps !== undefined) return { unit: 'steps', count: steps };
  const whole = duration(values, 'prune');
  const count = whole.count * need(fraction, 'sparsity_warmup_fraction');
  return { unit: whole.unit, count: whole.unit === 'steps' ? Math.round(count) : Number(count.toPrecision(12)) };
}

/** Presets give every value that a stage needs; a gap is a defect of ours. */
function need<T>(value: T | undefined, name: keyof PlainParameters): T {
  if (value === undefined) throw new Error(`no preset gives ${name}`);
  return value;
}
