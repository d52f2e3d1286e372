import { describe, expect, test } from 'vitest';
import { planSweep, SweepFileProblems } from '../../src/sweep/index.ts';
import { stageConfigSchema } from '../../src/wire/stage.ts';
import { bertBase, contextFor, parsed, planned, sweepText } from './context.ts';

const byStage = (text: string) => {
  const counts: Record<string, number> = {};
  for (const { work } of planned(text).stages) counts[work.stage] = (counts[work.stage] ?? 0) + 1;
  return counts;
};

const labelsOf = (...arms: string[]) =>
  arms.flatMap((arm) => [`prune movies ${arm} seed 1`, `finetune movies ${arm} seed 1`]);

describe('the graph of stages', () => {
  test('is the chain teacher, prune, finetune, evaluate, inputs first', () => {
    const { runs, stages } = planned(sweepText().replace('[none, v4]', '[v4]'));
    const [teacher, prune, finetune, evaluate] = stages.map((stage) => stage.key);
    expect(stages.map(({ label, inputs }) => ({ label, inputs }))).toEqual([
      { label: 'teacher movies seed 1', inputs: {} },
      { label: 'prune movies v4 60% seed 1', inputs: { teacher } },
      { label: 'finetune movies v4 60% seed 1', inputs: { model: prune, teacher } },
      { label: 'evaluate movies v4 60% seed 1', inputs: { model: finetune, teacher } },
    ]);
    expect(runs).toMatchObject([{ seed: 1, stageKeys: [teacher, prune, finetune, evaluate], evaluateKey: evaluate }]);
  });

  test('trains a teacher once for all runs of a task and seed', () => {
    const text = sweepText('seed: { values: [1, 2] }\nsparsity: { values: [0.6, 0.9] }').replace(
      'value: movies',
      'values: [movies, tweets]',
    );
    expect(byStage(text)).toEqual({ teacher: 4, prune: 16, finetune: 16, evaluate: 16 });
  });

  test('prunes once for all settings of the finetuning', () => {
    const text = sweepText(
      'finetune_learning_rate: { values: [0.00001, 0.00002, 0.00003] }\nfinetune_epochs: { values: [1, 2] }',
    );
    expect(byStage(text)).toEqual({ teacher: 1, prune: 2, finetune: 12, evaluate: 12 });
  });

  test('prunes once without a layer loss, whatever its weight and its draws', () => {
    const text = sweepText('layer_weight: { values: [0.5, 0.9] }\ndraw_seed: { values: [3, 4] }');
    expect(byStage(text)).toEqual({ teacher: 1, prune: 1 + 4, finetune: 1 + 4, evaluate: 1 + 4 });
  });

  test('measures layers once a teacher and measure, for the strategies that select by task alone', () => {
    const text = sweepText('sparsity: { values: [0.6, 0.9] }\nk: { value: 3 }').replace(
      '[none, v4]',
      '[none, v4, by-task, by-task-cka]',
    );
    const { runs, stages } = planned(text);
    expect(byStage(text)).toEqual({ teacher: 1, importance: 2, prune: 8, finetune: 8, evaluate: 8 });
    const measures = stages.filter(({ work }) => work.stage === 'importance');
    expect(measures.map(({ label, inputs, work }) => ({ label, inputs, config: work.config }))).toMatchObject([
      {
        label: 'importance movies probe-accuracy seed 1',
        inputs: { teacher: stages[0]?.key },
        config: { maxLength: 64 },
      },
      { label: 'importance movies cka-drop seed 1', inputs: { teacher: stages[0]?.key }, config: { maxLength: 64 } },
    ]);
    const readers = measures.map(({ key }) => stages.filter(({ inputs }) => inputs.importance === key));
    expect(readers.map((of) => of.map(({ label }) => label))).toEqual([
      labelsOf('by-task k 3 60%', 'by-task k 3 90%'),
      labelsOf('by-task-cka k 3 60%', 'by-task-cka k 3 90%'),
    ]);
    for (const { parameters, stageKeys } of runs) {
      const own = measures.filter(({ key }) => stageKeys.includes(key)).map(({ label }) => label.split(' ')[2]);
      const expected = { 'by-task': ['probe-accuracy'], 'by-task-cka': ['cka-drop'] }[String(parameters.strategy)];
      expect(own).toEqual(expected ?? []);
    }
  });

  test('has no finetuning of length 0', () => {
    expect(byStage(sweepText('finetune_steps: { value: 0 }'))).toEqual({ teacher: 1, prune: 2, evaluate: 2 });
  });

  test('shares a teacher between seeds where teacher_seed is given', () => {
    expect(byStage(sweepText('seed: { values: [1, 2, 3] }\nteacher_seed: { value: 1 }'))).toMatchObject({
      teacher: 1,
      prune: 6,
    });
  });

  test('consists of stages that the wire accepts', () => {
    for (const preset of ['paper', 'paper-small', 'paper-large', 'embedded-6', 'embedded-12', 'tiny']) {
      const text = sweepText(`preset: { value: ${preset} }`)
        .replace('movies', 'rte')
        .replace('[none, v4]', '[none, none-rescaled, v4, v6, by-task]');
      for (const { work } of planned(text).stages) expect(stageConfigSchema.parse(work)).toEqual(work);
    }
  });

  test('that were planned before a setting existed are read as they were meant', () => {
    for (const { work } of planned(sweepText()).stages) {
      const earlier = JSON.stringify(work).replaceAll(/"(?:compile|studentDropout)":(?:false|null),/g, '');
      expect(stageConfigSchema.parse(JSON.parse(earlier))).toEqual(work);
    }
  });
});

describe('a run', () => {
  test('has all its parameters by name, and the same id in any sweep', () => {
    const [run] = planned(sweepText('k: { value: 3 }').replace('[none, v4]', '[v4]')).runs;
    expect(run?.parameters).toMatchInlineSnapshot(`
      {
        "accumulation_steps": 1,
        "batch_size": 32,
        "batching": "shuffled",
        "calibrate": true,
        "distillation_temperature": 2,
        "finetune_batch_size": 32,
        "finetune_epochs": 1,
        "finetune_learning_rate": 0.00005,
        "finetune_schedule": "constant",
        "gate_learning_rate": 0.05,
        "gate_temperature": 0.6666666666666666,
        "gates": "heads+intermediate+hidden+attention-layer+feed-forward-layer",
        "gradient_clip": 1,
        "initial_intermediate_logit": 10,
        "initial_logit": 10,
        "k": 3,
        "latch_target": false,
        "layer_reduction": "sum",
        "layer_weight": 0.9,
        "max_length": 64,
        "model": "embedded-6",
        "multiplier_learning_rate": 0.01,
        "precision": "float32",
        "prediction_weight": 0.1,
        "prefinetune_steps": 0,
        "probe_every_steps": 100,
        "prune_epochs": 3,
        "prune_learning_rate": 0.00005,
        "prune_schedule": "constant",
        "seed": 1,
        "sparsity": 0.6,
        "sparsity_epsilon": 0,
        "sparsity_warmup_fraction": 0.5,
        "speed_batch_size": 32,
        "speed_rounds": 5,
        "speed_sequence_length": 64,
        "split": "heldout-train",
        "strategy": "v4",
        "student_start": "teacher",
        "task": "movies",
        "teacher_epochs": 2,
        "teacher_learning_rate": 0.00005,
        "teacher_schedule": "constant",
        "warmup_fraction": 0,
        "weight_decay": 0,
      }
    `);
    const other = planned(
      sweepText('k: { values: [3] }\nseed: { values: [1, 2] }', 'description: another').replace(
        'name: test',
        'name: other',
      ),
    );
    expect(other.runs.map((one) => one.id)).toContain(run?.id);
  });

  test('keeps the total weight of the layer loss where k is swept', () => {
    const reductions = (text: string) =>
      planned(text).runs.map(({ parameters }) => `${parameters.k} ${parameters.layer_reduction}`);
    expect(reductions(sweepText('k: { values: [2, 3] }').replace('[none, v4]', '[v4]'))).toEqual([
      '2 fixed-total',
      '3 fixed-total',
    ]);
    expect(reductions(sweepText('k: { value: 2 }').replace('[none, v4]', '[v4]'))).toEqual(['2 sum']);
    const both = 'k: { values: [2, 3] }\nlayer_reduction: { values: [sum, fixed-total] }';
    expect(reductions(sweepText(both).replace('[none, v4]', '[none, v4]'))).toEqual([
      'undefined undefined',
      '2 sum',
      '2 fixed-total',
      '3 sum',
      '3 fixed-total',
    ]);
  });

  test('takes the paper settings of its task', () => {
    const text = sweepText('preset: { value: paper }').replace('value: movies', 'values: [rte, sst2]');
    const durations = planned(text).stages.flatMap(({ work }) =>
      work.stage === 'prune' ? [[work.config.prefinetune, work.config.training.duration]] : [],
    );
    expect(durations[0]).toEqual([
      { unit: 'epochs', count: 4 },
      { unit: 'epochs', count: 96 },
    ]);
    expect(durations.at(-1)).toEqual([
      { unit: 'epochs', count: 1 },
      { unit: 'epochs', count: 19 },
    ]);
  });

  test('has a length in the unit that the file gives, whatever the preset has', () => {
    const [prune] = planned(sweepText('prune_steps: { value: 150 }')).stages.flatMap(({ work }) =>
      work.stage === 'prune' ? [work.config] : [],
    );
    expect(prune?.training.duration).toEqual({ unit: 'steps', count: 150 });
    expect(prune?.sparsity.warmup).toEqual({ unit: 'steps', count: 75 });
  });
});

describe('modules', () => {
  test('are asked for once for each different strategy, under a name that says what was changed', () => {
    const asked: string[] = [];
    const moduleFor = (_: unknown, name: string) => {
      asked.push(name);
      return { file: `/m/${name}.py`, sha256: 'a'.repeat(64) };
    };
    const text = sweepText('k: { values: [2, 3, 4] }\nseed: { values: [1, 2] }').replace(
      '[none, v4]',
      '[none, v4, last-4, { name: mine, alignment: { kind: nearest } }]',
    );
    planned(text, { moduleFor });
    expect(asked).toEqual([
      'v4-k2-fixed-total',
      'v4-k3-fixed-total',
      'v4-fixed-total',
      'last-4',
      'mine-k2-fixed-total',
      'mine-k3-fixed-total',
      'mine-fixed-total',
    ]);
  });
});

describe('the machine', () => {
  test('is in the keys, and GPUs are asked for where there are some', () => {
    const text = sweepText('', 'resources: { gpus_per_run: 2, runs_per_gpu: 3, threads: 4 }');
    const cuda = planned(text, { device: 'cuda', gpuMemoryMiB: [81559, 81559] }).stages[0];
    const cpu = planned(text).stages[0];
    expect(cuda).toMatchObject({
      resources: { gpus: 2, runsPerGpu: 3 },
      numerics: { device: 'cuda', threads: 4, precision: 'float32' },
    });
    expect(cpu).toMatchObject({ resources: { gpus: 0 } });
    expect(cuda?.key).not.toBe(cpu?.key);
  });

  test('must have what the sweep asks for', () => {
    const sweep = parsed(sweepText('precision: { value: float16 }', 'resources: { gpus_per_run: 4 }'));
    const problems = (changes: object) => {
      try {
        planSweep(sweep, contextFor(sweep, changes));
        return 'none';
      } catch (error) {
        return error instanceof SweepFileProblems ? error.message : error;
      }
    };
    expect(problems({})).toMatchInlineSnapshot(
      `"sweep.yaml:7:23 parameters.precision.value: float16 needs a GPU: take bfloat16 or float32"`,
    );
    expect(problems({ device: 'cuda', gpuMemoryMiB: [81559, 81559] })).toMatchInlineSnapshot(
      `"sweep.yaml:3:28 resources.gpus_per_run: Expected at most 2, the GPUs of this machine, got 4"`,
    );
  });

  test('shows the depth of a model only when it was looked at', () => {
    const sweep = parsed(
      sweepText('preset: { value: embedded-12 }', 'model: { source: directory, path: /models/bert }').replace(
        '[none, v4]',
        '[published/v4]',
      ),
    );
    const context = contextFor(sweep);
    expect(() =>
      planSweep(sweep, { ...context, model: { ...context.model, shape: { ...bertBase, layers: 24 } } }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[SweepFileProblems: sweep.yaml:6:24 parameters.strategy.values[0]: Strategy "published/v4" is the published code, which works with 12 teacher and 12 student layers only; got 24 and 24. For this depth take v4]`,
    );
    expect(planSweep(sweep, context).runs).toHaveLength(1);
  });
});
