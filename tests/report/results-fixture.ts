import { hash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attemptPaths, resultPathOf, stageDirOf, sweepPaths } from '../../src/store/paths.ts';
import { type ResolvedSweep, writeResolvedSweep } from '../../src/store/sweep-folder.ts';

export type FixtureRun = {
  readonly task?: string;
  readonly strategy: string;
  readonly seed: number;
  readonly sparsity?: number;
  /** null: not finished. */
  readonly score: number | null;
  readonly achieved?: number;
  /** Steps of the prune stage whose choices are recorded; 0 for strategies without a layer loss. */
  readonly steps?: number;
};

export type FixtureOptions = { readonly name?: string; readonly questions?: string; readonly examples?: number };

/** A results folder as a finished sweep leaves it: sweep.json, journal, and each stage's request, result, events, choices and predictions. */
export function writeResults(
  resultsDir: string,
  runs: readonly FixtureRun[],
  options: FixtureOptions = {},
): ResolvedSweep {
  const { name = 'fixture', questions = '', examples = 20 } = options;
  const planned = runs.map((run, i) => ({ run, keys: keysOf(run, i) }));
  const strategies = [...new Set(runs.map(({ strategy }) => strategy))];
  const seeds = [...new Set(runs.map(({ seed }) => seed))];
  const text = `name: ${name}
description: Made for a test.
method: grid
model: { source: embedded, layers: 6 }
parameters:
  preset: { value: embedded-6 }
  task: { values: [${[...new Set(runs.map(({ task = 'movies' }) => task))].join(', ')}] }
  strategy: { values: [${strategies.join(', ')}] }
  k: { value: 2 }
  sparsity: { values: [${[...new Set(runs.map(({ sparsity = 0.6 }) => sparsity))].join(', ')}] }
  seed: { values: [${seeds.join(', ')}] }
${questions}`;
  const sweep: ResolvedSweep = {
    schemaVersion: 1,
    name,
    file: join(resultsDir, `${name}.yaml`),
    text,
    threads: 1,
    device: 'cpu',
    glueDir: null,
    runs: planned.map(({ run, keys }, i) => ({
      id: `run-${i}`,
      seed: run.seed,
      parameters: {
        task: run.task ?? 'movies',
        strategy: run.strategy,
        sparsity: run.sparsity ?? 0.6,
        seed: run.seed,
        ...(run.strategy === 'none' ? {} : { k: 2 }),
      },
      stageKeys: keys,
      evaluateKey: keys[2],
    })),
    stages: planned.flatMap(({ run, keys }) =>
      ['teacher', 'prune', 'evaluate'].flatMap((stage, i) =>
        keys[i] === undefined
          ? []
          : [{ key: keys[i], label: `${stage} ${run.strategy} seed ${run.seed}`, stage, inputs: {} }],
      ),
    ),
  };
  mkdirSync(sweepPaths(resultsDir, name).dir, { recursive: true });
  sweep.stages = [...new Map(sweep.stages.map((stage) => [stage.key, stage])).values()];
  writeResolvedSweep(resultsDir, sweep);
  const lines: object[] = [{ atMs: 1e12, event: 'opened', pid: 1, host: 'test' }];
  const written = new Set<string>();
  for (const [i, { run, keys }] of planned.entries()) {
    if (run.score === null) continue;
    for (const [n, stage] of (['teacher', 'prune', 'evaluate'] as const).entries()) {
      const key = keys[n] ?? '';
      if (written.has(key)) continue;
      written.add(key);
      writeStage(resultsDir, key, stage, run, examples);
      const atMs = 1e12 + 60_000 * (3 * i + n);
      lines.push({
        atMs,
        event: 'stage-started',
        key,
        attempt: 1,
        devices: [`cpu-${i % 2}`],
        adjustment: { aloneOnDevice: false, accumulationFactor: 1 },
      });
      lines.push({
        atMs: atMs + 50_000,
        event: 'stage-succeeded',
        key,
        attempt: 1,
        seconds: 50,
        ...resultFacts(resultsDir, key),
      });
    }
  }
  writeFileSync(
    sweepPaths(resultsDir, name).journal,
    lines.map((line) => `${JSON.stringify({ schemaVersion: 1, ...line })}\n`).join(''),
  );
  return sweep;
}

export function writeStage(
  resultsDir: string,
  key: string,
  stage: 'teacher' | 'prune' | 'evaluate',
  run: FixtureRun,
  examples = 20,
): void {
  const dir = stageDirOf(resultsDir, key);
  const attempt = attemptPaths(dir, 1);
  mkdirSync(attempt.dir, { recursive: true });
  writeFileSync(attempt.request, JSON.stringify(requestOf(key, stage, dir, attempt.dir, run)));
  writeFileSync(attempt.events, eventsOf(stage));
  if (stage === 'prune' && hasLayerLoss(run)) writeFileSync(join(dir, 'choices.jsonl'), choicesOf(run));
  if (stage === 'evaluate') writeFileSync(join(dir, 'predictions.jsonl'), predictionsOf(run.score ?? 0, examples));
  writeFileSync(resultPathOf(dir), JSON.stringify(resultOf(key, stage, run, examples)));
}

/** As an orchestrator does where a stage has run once more. */
export function recordAgain(resultsDir: string, { name }: Pick<ResolvedSweep, 'name'>, key: string): void {
  const event = { atMs: 2e12, event: 'stage-succeeded', key, attempt: 1, seconds: 50, ...resultFacts(resultsDir, key) };
  appendFileSync(sweepPaths(resultsDir, name).journal, `${JSON.stringify({ schemaVersion: 1, ...event })}\n`);
}

/** As journals have it, so that readers trust the file. */
function resultFacts(resultsDir: string, key: string) {
  const path = resultPathOf(stageDirOf(resultsDir, key));
  const { size, mtimeMs } = statSync(path);
  return { resultSha256: hash('sha256', readFileSync(path)), resultBytes: size, resultModifiedMs: mtimeMs };
}

function keysOf({ task = 'movies', seed }: FixtureRun, i: number): [string, string, string] {
  return [`teacher-${task}-${seed}`, `prune-${i}`, `evaluate-${i}`];
}

function hasLayerLoss({ strategy, steps = 40 }: FixtureRun): boolean {
  return !strategy.startsWith('none') && steps > 0;
}

function resultOf(key: string, stage: string, run: FixtureRun, examples: number): object {
  const score = run.score ?? 0;
  const metrics = { accuracy: score, f1: score };
  const structure = {
    sparsity: run.achieved ?? run.sparsity ?? 0.6,
    expectedSparsity: 0.6,
    parameterSparsity: 0.59,
    parameters: 1_000_000,
    hiddenSize: 384,
    headsPerLayer: [12, 10, 6, 0, 2, 4],
    intermediatePerLayer: [1000, 800, 400, 0, 100, 200],
    attentionLayers: [1, 1, 1, 0, 1, 1],
    feedForwardLayers: [1, 1, 1, 0, 1, 1],
  };
  const common = {
    schemaVersion: 1,
    key,
    stage,
    provenance: { packages: { torch: '2.13.0' }, device: 'a test', seconds: 50, steps: 40, peakMemoryBytes: 2 ** 29 },
  };
  if (stage === 'teacher') return { ...common, selection: metrics, bestStep: 40 };
  if (stage === 'prune') {
    return {
      ...common,
      selection: metrics,
      bestStep: 40,
      structure,
      target: 'reached',
      calibration: null,
      stepsWithoutSurvivor: 0,
      probes: [],
      choices: hasLayerLoss(run) ? 'choices.jsonl' : null,
    };
  }
  return {
    ...common,
    split: 'heldout-train',
    metrics,
    primaryMetric: 'accuracy',
    examples,
    majorityClass: { accuracy: 0.5, f1: 0.5 },
    structure,
    speed: { batchSize: 32, sequenceLength: 64, denseSeconds: [1], cutSeconds: [0.5], speedup: 2 },
    predictions: 'predictions.jsonl',
  };
}

function choicesOf({ strategy, seed, steps = 40 }: FixtureRun): string {
  const all = Array.from({ length: steps }, (_, i) => i);
  return `${JSON.stringify({
    steps: all,
    drawnLayers: all.map(() => [2, 5]),
    alignments: all.map((step) => (step % 10 === seed % 10 && strategy !== 'v3' ? [1, 2] : [0, 4])),
    attentionOn: all.map(() => '111111'),
    feedForwardOn: all.map(() => '111111'),
  })}\n`;
}

function predictionsOf(score: number, examples: number): string {
  return Array.from({ length: examples }, (_, i) => {
    const label = i % 2;
    const right = i < Math.round(score * examples);
    return `${JSON.stringify({ id: `${i}`, logits: right === (label === 1) ? [0, 1] : [1, 0], label })}\n`;
  }).join('');
}

function eventsOf(stage: string): string {
  const lines = Array.from({ length: 5 }, (_, i) => ({
    schemaVersion: 1,
    atMs: 1e12 + i,
    event: 'metrics',
    step: 10 * i,
    values: stage === 'evaluate' ? { score: 0.5 } : { loss: 1 / (i + 1), expected_sparsity: 0.1 * i },
  }));
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

function requestOf(key: string, stage: string, stageDir: string, attemptDir: string, run: FixtureRun): object {
  const task = {
    name: run.task ?? 'movies',
    source: { kind: 'embedded' },
    fingerprint: 'a'.repeat(64),
    split: 'heldout-train',
    maxTrainExamples: null,
    maxEvalExamples: null,
  };
  const model = { source: 'embedded', layers: 6, fingerprint: 'b'.repeat(64) };
  const training = {
    duration: { unit: 'steps', count: 40 },
    batchSize: 32,
    accumulationSteps: 1,
    learningRate: 5e-5,
    learningRateSchedule: 'constant',
    warmupFraction: 0,
    weightDecay: 0,
    gradientClip: 1,
    maxLength: 64,
    batching: 'shuffled',
    evalEverySteps: null,
  };
  const common = {
    schemaVersion: 1,
    key,
    attempt: 1,
    numerics: { device: 'cpu', threads: 1, precision: 'float32' },
    stageDir,
    attemptDir,
    inputs: {},
    embeddedDataDir: null,
    heartbeatSeconds: 10,
    checkpointEverySteps: 100,
    stage,
  };
  const seeds = { initialisation: run.seed, dataOrder: run.seed };
  if (stage === 'teacher') return { ...common, config: { task, model, training, seeds } };
  if (stage === 'evaluate') {
    return { ...common, config: { task, maxLength: 64, speed: { batchSize: 32, sequenceLength: 64, rounds: 1 } } };
  }
  return {
    ...common,
    config: {
      task,
      model,
      studentStart: 'teacher',
      studentDropout: null,
      strategy: { kind: 'none', rescalePrediction: false },
      distillation: { predictionWeight: 0.1, layerWeight: 0.9, temperature: 2 },
      training,
      prefinetune: { unit: 'steps', count: 0 },
      sparsity: {
        target: run.sparsity ?? 0.6,
        epsilon: 0,
        warmup: { unit: 'steps', count: 20 },
        calibrate: false,
        gates: ['heads'],
        gateLearningRate: 0.05,
        multiplierLearningRate: 0.01,
        temperature: 0.67,
        initialLogit: 10,
        initialIntermediateLogit: 0,
        latchTarget: false,
      },
      probeEverySteps: null,
      seeds: { ...seeds, gateNoise: run.seed, layerDraws: run.seed },
    },
  };
}
