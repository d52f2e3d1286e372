import type { StageConfig } from '../wire/stage.ts';
import type { Settings } from './settings.ts';

/** A stage's name for people: `prune movies v4 60% seed 1`. The first run that needs a shared stage names it. */
export function labelStage(work: StageConfig, settings: Settings): string {
  const { task, label, k, values } = settings;
  const { seed = 1, teacher_seed: teacherSeed = seed, sparsity = 0 } = values;
  const { stage } = work;
  if (stage === 'teacher') return `teacher ${task} seed ${teacherSeed}`;
  if (stage === 'importance') return `importance ${task} ${work.config.measure} seed ${teacherSeed}`;
  const layers = k === null || settings.moduleName === label ? '' : ` k ${k}`;
  return `${stage} ${task} ${label}${layers} ${Number((sparsity * 100).toPrecision(6))}% seed ${seed}`;
}
