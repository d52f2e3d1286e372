import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Gates, readGates } from './gates.ts';
import { readUpstreamLog } from './read-log.ts';
import { type CofiResult, type EvaluateRequest, logFile, type TrainingResult } from './stage-files.ts';
import { readTraining } from './training-result.ts';
import type { UpstreamRun } from './upstream-run.ts';

type Evaluated = Extract<CofiResult, { stage: 'cofi-evaluate' }>;

/**
 * What a run of upstream's came to: its score from the log, its structure from the saved gates, which must be the
 * structure that the log counted. `quirksOf`: published defects that hit a run.
 */
export async function evaluateUpstream(
  request: EvaluateRequest,
  quirksOf: (run: UpstreamRun) => string[],
): Promise<Evaluated | string> {
  const { key, attempt, pruneDir, finetuneDir, primaryMetric } = request;
  const pruned = readTraining(pruneDir);
  const finetuned = finetuneDir === null ? undefined : readTraining(finetuneDir);
  if (pruned.stage !== 'cofi-prune') return `${pruneDir} is no pruning of upstream's`;
  const gates = await readGates(join(pruneDir, pruned.model, 'zs.pt'), request.python, request.pythonPath);
  if (typeof gates === 'string') return gates;
  const pruneRun = readRun(pruneDir);
  const structure = structureOf(
    gates,
    pruned,
    finetuneDir === null ? pruneRun : readRun(finetuneDir),
    shapeOf(pruneDir, pruned),
  );
  if (typeof structure === 'string') return structure;
  const final = finetuned ?? pruned;
  const trained = [pruned, ...(finetuned ? [finetuned] : [])];
  return {
    ...{ schemaVersion: 1, key, attempt, stage: 'cofi-evaluate', seconds: 0, split: 'dev', primaryMetric },
    metrics: scoresIn(final.metrics),
    examples: pruneRun.evalExamples ?? null,
    target: pruned.target,
    structure,
    quirks: quirksOf(pruneRun),
    provenance: request.provenance,
    trainingSeconds: trained.reduce((sum, { seconds }) => sum + seconds, 0),
    steps: trained.reduce((sum, { steps }) => sum + steps, 0),
  };
}

const readRun = (dir: string) => readUpstreamLog(readFileSync(join(dir, logFile), 'utf8'));

const shapeSchema = z.object({
  num_hidden_layers: z.int(),
  num_attention_heads: z.int(),
  hidden_size: z.int(),
  intermediate_size: z.int(),
});
type Shape = z.infer<typeof shapeSchema>;

function shapeOf(dir: string, { model }: TrainingResult): Shape {
  return shapeSchema.parse(JSON.parse(readFileSync(join(dir, model, 'config.json'), 'utf8')));
}

const scoreNames = ['accuracy', 'f1', 'combined_score', 'matthews_correlation', 'pearson', 'spearmanr'];

function scoresIn(metrics: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).filter(([name]) => scoreNames.includes(name)));
}

/** Gates that were not trained leave everything on. */
function structureOf(
  gates: Gates,
  pruned: TrainingResult,
  run: UpstreamRun,
  shape: Shape,
): Evaluated['structure'] | string {
  const {
    num_hidden_layers: layers,
    num_attention_heads: heads,
    hidden_size: hidden,
    intermediate_size: inner,
  } = shape;
  const all = (count: number) => new Array<number>(layers).fill(count);
  const attentionLayers = gates.head_layer_z ?? all(1);
  const feedForwardLayers = gates.mlp_z ?? all(1);
  const headsPerLayer = (gates.head_z ?? all(heads)).map((count, i) => count * (attentionLayers[i] ?? 0));
  const intermediatePerLayer = (gates.intermediate_z ?? all(inner)).map(
    (count, i) => count * (feedForwardLayers[i] ?? 0),
  );
  const hiddenSize = gates.hidden_z?.[0] ?? hidden;
  const left = remainingParameters(headsPerLayer, intermediatePerLayer, hiddenSize, hidden / heads);
  const { pruned_model_sparsity: logged, remaining_params: remaining, expected_sparsity: expected } = pruned.metrics;
  if (logged === undefined || remaining === undefined)
    return 'The log does not say how sparse the saved model is: pruning had not begun when it was evaluated';
  if (left !== remaining) {
    return `The saved gates leave ${left} parameters, the log counted ${remaining} when they were saved: they belong to different runs`;
  }
  const { parametersBefore: before, parametersAfter: after } = run;
  return {
    sparsity: logged,
    expectedSparsity: expected ?? null,
    // Only the final finetuning counts the cut model's real parameters, normalisation and biases included.
    parameterSparsity: before === undefined || after === undefined ? logged : 1 - after / before,
    parameters: after ?? remaining,
    ...{ hiddenSize, headsPerLayer, intermediatePerLayer, attentionLayers, feedForwardLayers },
  };
}

/** As upstream counts: weights of the four attention and two feed-forward maps. */
function remainingParameters(
  heads: readonly number[],
  inner: readonly number[],
  hidden: number,
  headSize: number,
): number {
  return sum(heads) * hidden * headSize * 4 + sum(inner) * hidden * 2;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
