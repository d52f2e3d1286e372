import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bestFolder,
  choicesFile,
  cofiResultSchema,
  modelFolder,
  type TrainingRequest,
  type TrainingResult,
} from './stage-files.ts';
import type { Evaluation, UpstreamRun } from './upstream-run.ts';

export function readTraining(stageDir: string): TrainingResult {
  const result = cofiResultSchema.parse(JSON.parse(readFileSync(join(stageDir, 'result.json'), 'utf8')));
  if (result.stage === 'cofi-evaluate') throw new TypeError(`Expected a training in ${stageDir}`);
  return result;
}

/** What a finished training came to, by its log and its files; a sentence where they do not hold it. */
export function resultOfTraining(request: TrainingRequest, run: UpstreamRun, seconds: number): TrainingResult | string {
  const { stageDir, key, attempt, stage, primaryMetric } = request;
  const best = run.bestModels.at(-1);
  const at = best === undefined ? run.evaluations.at(-1) : run.evaluations.findLast(({ step }) => step === best.step);
  if (at === undefined) return 'The log has no evaluation: expected a line "Evaluating: {…}" of upstream\'s trainer';
  const model: TrainingResult['model'] = best === undefined ? modelFolder : bestFolder;
  const score = at.metrics[primaryMetric] ?? best?.score;
  if (score === undefined)
    return `The log has no ${primaryMetric}: evaluations hold ${Object.keys(at.metrics).join(', ')}`;
  const needed = ['pytorch_model.bin', 'config.json', ...(stage === 'cofi-prune' ? ['zs.pt'] : [])];
  const missing = needed.find((file) => !existsSync(join(stageDir, model, file)));
  if (missing !== undefined) return `${join(stageDir, model)} has no ${missing}, though the log says that it was saved`;
  const trained = {
    ...{ schemaVersion: 1 as const, key, attempt, seconds, model },
    ...{ metrics: { ...at.metrics, [primaryMetric]: score }, step: at.step ?? 0, steps: stepsOf(run, at) },
  };
  if (stage === 'cofi-finetune') return { ...trained, stage };
  return {
    ...trained,
    stage,
    target: run.savingStarts.length === 0 ? 'target-not-reached' : 'reached',
    choices: existsSync(join(stageDir, choicesFile)) ? choicesFile : null,
  };
}

function stepsOf({ totalSteps, evaluations }: UpstreamRun, at: Evaluation): number {
  return totalSteps ?? evaluations.at(-1)?.step ?? at.step ?? 0;
}
