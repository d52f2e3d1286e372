import { describe, expect, test } from 'vitest';
import { type PlanContext, planSweep, type SweepFile } from '../../src/sweep/index.ts';
import { bertBase, contextFor, errorsOf, parsed, planned, sweepText } from './context.ts';

const onDirectory = (parameters: string) =>
  parsed(
    sweepText(
      `preset: { value: embedded-12 }\n${parameters}`,
      'model: { source: directory, path: /models/bert }',
    ).replace('[none, v4]', '[none]'),
  );

function plan(parameters: string, changes: object): string {
  const sweep = onDirectory(parameters);
  const context = contextFor(sweep);
  try {
    planSweep(sweep, { ...context, model: { ...context.model, shape: { ...bertBase, ...changes } } });
    return 'none';
  } catch (error) {
    return String(error);
  }
}

describe('a text longer than the positions of the model', () => {
  test('is refused before a teacher is trained', () => {
    expect(plan('max_length: { value: 200 }', { positions: 128 })).toMatchInlineSnapshot(
      `"SweepFileProblems: sweep.yaml:8:24 parameters.max_length.value: Expected max_length to be at most 128, the positions of the model, got 200"`,
    );
    expect(plan('max_length: { value: 128 }', { positions: 128 })).toBe('none');
    expect(plan('speed_sequence_length: { value: 256 }', { positions: 128 })).toMatchInlineSnapshot(
      `"SweepFileProblems: sweep.yaml:8:35 parameters.speed_sequence_length.value: Expected speed_sequence_length to be at most 128, the positions of the model, got 256"`,
    );
  });
});

describe('a sparsity that clamped gates cannot reach', () => {
  test('is refused where it stands, with what can be reached', () => {
    expect(errorsOf(sweepText('gates: { value: heads }\nsparsity: { values: [0.2, 0.6] }'))).toMatchInlineSnapshot(
      `"sweep.yaml:8:29 parameters.sparsity.values[1]: Expected a sparsity of at most 0.318, which gates on heads reach on this model, got 0.6. Ask for less, or add gates"`,
    );
    expect(errorsOf(sweepText('gates: { value: hidden }\nsparsity: { value: 0.96 }'))).toMatchInlineSnapshot(
      `"sweep.yaml:8:22 parameters.sparsity.value: Expected a sparsity of at most 0.9529, which gates on hidden reach on this model, got 0.96. Ask for less, or add gates"`,
    );
    expect(errorsOf(sweepText('sparsity: { value: 0.999 }'))).toBe('no errors');
  });

  test('is known for a directory once its shape is', () => {
    expect(
      plan('gates: { value: [intermediate, feed-forward-layer] }\nsparsity: { value: 0.7 }', {}),
    ).toMatchInlineSnapshot(
      `"SweepFileProblems: sweep.yaml:9:22 parameters.sparsity.value: Expected a sparsity of at most 0.665, which gates on intermediate, feed-forward-layer reach on this model, got 0.7. Ask for less, or add gates"`,
    );
    expect(plan('gates: { value: [intermediate, feed-forward-layer] }\nsparsity: { value: 0.6 }', {})).toBe('none');
  });
});

test('MNLI has one model for both of its dev sets', () => {
  for (const name of ['mnli-mm', 'MNLI-MM', 'mnli_mismatched']) {
    expect(errorsOf(sweepText('preset: { value: embedded-6 }').replace('movies', name))).toContain(
      'take task mnli, whose results have accuracy_mismatched',
    );
  }
});

function planOf(sweep: SweepFile, model: Partial<PlanContext['model']>): string {
  const context = contextFor(sweep);
  try {
    planSweep(sweep, { ...context, model: { ...context.model, ...model } });
    return 'none';
  } catch (error) {
    return String(error).replace(/.*parameters.teacher_steps.value: /, '');
  }
}

describe('a teacher of its own', () => {
  const own = (parameters: string) =>
    sweepText(
      parameters,
      'model: { source: random, layers: 3 }\nteacher: { source: random, layers: 4, hidden_size: 48 }',
    );

  test('is what the teacher stage trains; the student starts from its own model', () => {
    const { stages } = planned(own('k: { value: 4 }'));
    const models = stages.flatMap(({ work }) => ('model' in work.config ? [[work.stage, work.config.model]] : []));
    expect(models[0]).toMatchObject(['teacher', { layers: 4, hiddenSize: 48 }]);
    expect(models[1]).toMatchObject(['prune', { layers: 3, hiddenSize: 32 }]);
    const prune = stages.find(({ work }) => work.stage === 'prune');
    expect(prune?.work.config).toMatchObject({ studentStart: 'pretrained' });
  });

  test('is refused where the student is to start from it, and by the published code', () => {
    expect(errorsOf(own('student_start: { value: teacher }'))).toContain('Expected student_start pretrained');
    expect(errorsOf(own('').replace('v4', 'published/v4'))).toContain('whose teacher is the model itself');
  });

  test('needs no training where it is finetuned already, which only files can be', () => {
    const untrained = sweepText(
      'teacher_steps: { value: 0 }\nk: { value: 3 }',
      'model: { source: random, layers: 3 }\nteacher: { source: directory, path: /models/bert-sst2 }',
    );
    expect(errorsOf(untrained)).toBe('no errors');
    expect(errorsOf(own('teacher_steps: { value: 0 }'))).toMatchInlineSnapshot(
      `"sweep.yaml:8:27 parameters.teacher_steps.value: Expected a finetuned teacher beside teacher_steps 0, got a model of source random, which knows no task. Name one under \`teacher\`, with source directory or hub, or train it"`,
    );
    expect(errorsOf(sweepText('teacher_epochs: { value: 0 }'))).toContain('beside teacher_epochs 0');
  });

  test('needs a classifier of the task where it is not trained', () => {
    const sweep = onDirectory('teacher_steps: { value: 0 }');
    const planWith = (model: Partial<PlanContext['model']>) => planOf(sweep, model);
    expect(planWith({ classes: 2, labels: ['negative', 'positive'] })).toBe('none');
    expect(planWith({ classes: null, labels: ['negative', 'positive'] })).toBe('none');
    expect(planWith({ classes: 0 })).toMatchInlineSnapshot(
      `"Expected a finetuned teacher beside teacher_steps 0, got one without a classifier. Name one under \`teacher\`, with source directory or hub, or train it"`,
    );
    expect(planWith({ classes: 2, labels: ['unacceptable', 'acceptable'] })).toMatchInlineSnapshot(
      `"Expected a finetuned teacher beside teacher_steps 0, got one of another task: its labels are unacceptable, acceptable, those of movie snippets negative, positive. Name one under \`teacher\`, with source directory or hub, or train it"`,
    );
  });

  test('needs labels with names where it is not trained, but for a score', () => {
    const sweep = onDirectory('teacher_steps: { value: 0 }');
    expect(planOf(sweep, { classes: 2, labels: null })).toMatchInlineSnapshot(
      `"SweepFileProblems: sweep.yaml:3:8 model: Expected a teacher whose config.json names its labels beside teacher_steps 0, got one with LABEL_0 to LABEL_1, which may be in any order. If that is the order of movie snippets, write labels: [negative, positive] under \`model\`"`,
    );
    expect(planOf(sweep, { classes: null, labels: null })).toContain(
      'write labels: [negative, positive] under `model`',
    );
    expect(planOf(sweep, { classes: 3, labels: null })).toMatchInlineSnapshot(
      `"Expected a finetuned teacher beside teacher_steps 0, got one of another task: its classifier has 3 outputs, movie snippets 2 (negative, positive). Name one under \`teacher\`, with source directory or hub, or train it"`,
    );
    expect(planOf(onDirectory('teacher_steps: { value: 3 }'), { classes: 2, labels: null })).toBe('none');

    const scores = parsed(
      sweepText('teacher_steps: { value: 0 }', 'model: { source: directory, path: /models/bert }')
        .replace('movies', 'stsb')
        .replace('[none, v4]', '[none]'),
    );
    expect(planOf(scores, { classes: 1, labels: null })).toBe('none');
    expect(planOf(scores, { classes: 2, labels: null })).toContain('its classifier has 2 outputs, STS-B 1 (one score)');
  });
});

test('compiling is refused where a CPU has no C++ compiler', () => {
  const compiled = parsed(sweepText('compile: { value: true }'));
  const planWith = (changes: Partial<PlanContext>) => {
    try {
      planSweep(compiled, contextFor(compiled, changes));
      return 'none';
    } catch (error) {
      return String(error);
    }
  };
  expect(planWith({ missingCompiler: 'g++' })).toMatchInlineSnapshot(
    `"SweepFileProblems: sweep.yaml:7:21 parameters.compile.value: Expected the C++ compiler g++ beside compile true, which torch.compile makes its code with on a CPU: install it, or leave compile out"`,
  );
  expect(planWith({})).toBe('none');
  expect(planWith({ missingCompiler: 'g++', device: 'cuda', gpuMemoryMiB: [81_559] })).toBe('none');
  const without = parsed(sweepText());
  expect(() => planSweep(without, contextFor(without, { missingCompiler: 'g++' }))).not.toThrow();
});
