import { describe, expect, test } from 'vitest';
import type { PlanContext, PlannedStage } from '../../src/sweep/index.ts';
import { contentKey, whyRerun } from '../../src/sweep/index.ts';
import { bertBase, planned, sweepText } from './context.ts';

const byTask = sweepText().replace('[none, v4]', '[by-task]');
const v4 = sweepText().replace('[none, v4]', '[v4]');

function stageOf(text: string, stage: string, changes: Partial<PlanContext> = {}): PlannedStage {
  const found = planned(text, changes).stages.find(({ work }) => work.stage === stage);
  if (found === undefined) throw new Error(`no ${stage}`);
  return found;
}

const withParameters = (parameters: string) => sweepText(parameters).replace('[none, v4]', '[v4]');

describe('a content key', () => {
  test.each([
    ['another name and description', v4.replace('name: test', 'name: other\ndescription: x')],
    [
      'other slots and other checkpoints',
      v4.replace('method: grid', 'method: grid\nresources: { slots: 7, checkpoint_every_steps: 3 }'),
    ],
    [
      'a default that is written out',
      withParameters('batch_size: { value: 32 }\naccumulation_steps: { value: 1 }\nseed: { value: 1 }'),
    ],
    ['a seed that repeats the seed', withParameters('draw_seed: { value: 1 }')],
    ['the same task in another spelling', v4.replace('movies', 'Movie snippets')],
  ])('does not change with %s', (_, text) => {
    expect(planned(text).stages.map((stage) => stage.key)).toEqual(planned(v4).stages.map((stage) => stage.key));
  });

  test('does not change with the place of data, model and module', () => {
    const paths = {
      moduleFor: (_: unknown, name: string) => ({ file: `/elsewhere/${name}.py`, sha256: 'b'.repeat(64) }),
    };
    const more = { moduleFor: (_: unknown, name: string) => ({ file: `/here/${name}.py`, sha256: 'b'.repeat(64) }) };
    expect(stageOf(v4, 'prune', paths).key).toBe(stageOf(v4, 'prune', more).key);
    const at = (path: string): Partial<PlanContext> => ({
      tasks: new Map([['rte', { source: { kind: 'directory', path }, fingerprint: 'same bytes' }]]),
    });
    const rte = v4.replace('movies', 'rte');
    expect(stageOf(rte, 'teacher', at('/a')).key).toBe(stageOf(rte, 'teacher', at('/b')).key);
  });

  test.each([
    ['the strategy', v4.replace('[v4]', '[v3]'), 'strategy.sha256'],
    ['the sparsity', withParameters('sparsity: { value: 0.9 }'), 'sparsity.target'],
    ['the draws', withParameters('draw_seed: { value: 2 }'), 'seeds.layerDraws'],
    ['the probes', withParameters('probe_every_steps: { value: 7 }'), 'probeEverySteps'],
    ['the dropout', withParameters('student_dropout: { value: 0 }'), 'studentDropout'],
    ['the gates', withParameters('gates: { value: [heads, hidden, intermediate] }'), 'sparsity.gates'],
  ])('of a pruning changes with %s, that of its teacher does not', (_, text, field) => {
    const before = stageOf(v4, 'prune');
    const after = stageOf(text, 'prune');
    expect(whyRerun(before, after).map((one) => one.field)).toEqual([`config.${field}`]);
    expect(stageOf(text, 'teacher').key).toBe(stageOf(v4, 'teacher').key);
  });

  test('of every training changes with compiling it, which a run names only where it is asked for', () => {
    const compiled = withParameters('compile: { value: true }');
    for (const stage of ['teacher', 'prune', 'finetune']) {
      const fields = whyRerun(stageOf(v4, stage), stageOf(compiled, stage)).map(({ field }) => field);
      expect(fields, stage).toContain('config.training.compile');
    }
    const off = withParameters('compile: { value: false }');
    expect(planned(off)).toEqual(planned(v4));
    expect(planned(compiled).runs[0]?.parameters.compile).toBe(true);
  });

  test.each([
    ['the measure', byTask.replace('[by-task]', '[by-task-cka]'), ['config.measure']],
    ['the length of rows', `${byTask}  max_length: { value: 32 }\n`, ['config.maxLength', 'inputs.teacher']],
    ['its teacher', `${byTask}  teacher_seed: { value: 2 }\n`, ['inputs.teacher']],
    ['nothing that a pruning is asked', `${byTask}  sparsity: { value: 0.9 }\n  k: { value: 2 }\n`, []],
  ])('of the importance of layers changes with %s', (_, text, fields) => {
    const differences = whyRerun(stageOf(byTask, 'importance'), stageOf(text, 'importance'));
    expect(differences.map(({ field }) => field)).toEqual(fields);
  });

  test('changes with the bytes of data, model and tokenizer, and with what the numbers depend on', () => {
    const keys = [
      stageOf(v4, 'teacher'),
      stageOf(v4, 'teacher', { tasks: new Map([['movies', { source: { kind: 'embedded' }, fingerprint: 'other' }]]) }),
      stageOf(v4, 'teacher', {
        model: {
          config: { source: 'embedded', layers: 6, fingerprint: 'f'.repeat(64) },
          shape: bertBase,
          labels: null,
          classes: null,
          vocabulary: null,
          tokenizer: 'tokenizer',
        },
      }),
      stageOf(v4, 'teacher', {
        model: {
          config: { source: 'embedded', layers: 6, fingerprint: 'f'.repeat(64) },
          shape: bertBase,
          labels: null,
          classes: null,
          vocabulary: null,
          tokenizer: 'other',
        },
      }),
      stageOf(withParameters('precision: { value: bfloat16 }'), 'teacher'),
      stageOf(v4.replace('method: grid', 'method: grid\nresources: { threads: 2 }'), 'teacher'),
      stageOf(v4, 'teacher', { device: 'cuda', gpuMemoryMiB: [81559] }),
    ].map((stage) => stage.key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('stays what it was: finished stages of earlier versions are found again', () => {
    expect(planned(sweepText('k: { value: 3 }')).stages.map((stage) => stage.key)).toMatchInlineSnapshot(`
      [
        "teacher-fb861f58724e6f67",
        "prune-f92d8a1428d1f671",
        "finetune-abda6abea1264f6e",
        "evaluate-f5c136eb3c9ae72a",
        "prune-1a55b4dd8a5349a8",
        "finetune-10b298844576f4d6",
        "evaluate-4562e3796da68b6a",
      ]
    `);
  });

  test('is the stage and 16 hexadecimal digits', () => {
    for (const stage of planned(v4).stages)
      expect(stage.key).toMatch(/^(teacher|prune|finetune|evaluate)-[0-9a-f]{16}$/);
  });
});

describe('why a stage runs again', () => {
  test('is told field by field, the earlier and the later value', () => {
    const before = stageOf(v4, 'prune');
    const after = stageOf(
      withParameters('prune_epochs: { value: 2 }\nteacher_epochs: { value: 1 }\nbatch_size: { value: 16 }'),
      'prune',
    );
    expect(
      whyRerun(before, after).map(({ field, before: old, after: now }) => `${field}: ${old} → ${now}`),
    ).toMatchInlineSnapshot(`
      [
        "config.sparsity.warmup.count: 1.5 → 1",
        "config.training.batchSize: 32 → 16",
        "config.training.duration.count: 3 → 2",
        "inputs.teacher: teacher-fb861f58724e6f67 → teacher-12bd5211564260ce",
      ]
    `);
    expect(whyRerun(before, before)).toEqual([]);
  });

  test('is empty exactly where the keys are equal', () => {
    const stages = planned(sweepText('seed: { values: [1, 2] }\nsparsity: { values: [0.6, 0.8] }')).stages;
    for (const a of stages) {
      for (const b of stages) expect(whyRerun(a, b).length === 0).toBe(contentKey(a) === contentKey(b));
    }
  });
});
