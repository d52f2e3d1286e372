import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cofiVocabulary } from '../../src/sweep/cofi/parameters.ts';
import { findCofiProblems, formatSweepErrors, parseCofiSweep, planCofiSweep } from '../../src/sweep/index.ts';
import { namesOf } from '../../src/sweep/parameters.ts';

const text = (parameters: readonly string[], top: readonly string[] = []) =>
  [
    ...['name: upstream', 'backend: cofi', 'checkout: CoFiPruning', 'python: python', 'teacher: teachers/\x24{task}'],
    ...[...top, 'method: grid', 'parameters:', ...parameters.map((line) => `  ${line}`), ''],
  ].join('\n');
const usual = ['task: { value: SST-2 }', 'strategy: { value: v4 }'];

function parsed(source: string) {
  const result = parseCofiSweep(source, 'sweep.yaml');
  if (!result.ok) throw new Error(formatSweepErrors(result.errors));
  return result.sweep;
}

function errorsOf(source: string, defects: readonly string[] = ['prefinetune-100', 'best-never-saved']): string {
  const result = parseCofiSweep(source, 'sweep.yaml');
  return formatSweepErrors(result.ok ? findCofiProblems(result.sweep, new Set(defects)) : result.errors);
}

function argumentsOf(parameters: readonly string[]): Record<string, string> {
  const plan = planCofiSweep(parsed(text(parameters)), {
    device: 'cpu',
    packages: {},
    model: { label: 'bert-base-uncased', fingerprint: 'model' },
    teachers: new Map(),
    sourcesFor: (strategy) => strategy.kind,
  });
  return Object.fromEntries(plan.stages.map(({ kind, arguments: words }) => [kind, words.join(' ')]));
}

describe('what upstream cannot do is refused with the reason', () => {
  test('tasks and strategies', () => {
    const tasks = 'task: { values: [MNLI, stsb, movies, SST2] }';
    expect(errorsOf(text([tasks, 'strategy: { values: [v4, by-expected-sparsity] }']))).toMatchInlineSnapshot(`
      "sweep.yaml:8:20 parameters.task.values[0]: This checkout never saves its best model on MNLI: trainer/trainer.py looks the score up as "mnli/acc", which the metric does not give. Write "accuracy" there, or take \`backend: builtin\`
      sweep.yaml:8:26 parameters.task.values[1]: Upstream cannot train STS-B: with one logit its distillation loss is 0, and labels are not used beside a teacher. Take \`backend: builtin\`
      sweep.yaml:8:32 parameters.task.values[2]: Upstream knows GLUE's tasks only: "movies" is an embedded set, for \`backend: builtin\`
      sweep.yaml:9:28 parameters.strategy.values[1]: Strategy "by-expected-sparsity" needs expected-layers, which upstream's trainer cannot give"
    `);
    expect(errorsOf(text(['task: { value: squad }', 'strategy: { value: v1 }']))).toMatchInlineSnapshot(`
      "sweep.yaml:8:18 parameters.task.value: Upstream cannot be run on SQuAD: run_qa_prune.py imports CoFiQuestionAnsweringTrainer, and trainer_qa.py has no such class
      sweep.yaml:9:22 parameters.strategy.value: Unknown strategy "v1". Versions 1 and 2 cannot run as published: 1 returns a loss that it never sets, 2 adds to it before it is set. Here v2 is corrected, and published/v3 to published/v6 are transcribed"
    `);
    expect(errorsOf(text(['task: { value: mnli }', 'strategy: { value: v4 }']), [])).toBe('');
  });

  test('lengths, tolerances and gates', () => {
    const lengths = [
      'max_steps: { value: 90 }',
      'prefinetune_epochs: { value: 4 }',
      'sparsity_epsilon: { value: 0.97 }',
    ];
    expect(errorsOf(text([...usual, ...lengths, 'gates: { value: attention-layer }']))).toMatchInlineSnapshot(`
      "sweep.yaml:8:3 parameters.eval_every_steps: Expected at most 90, the steps of the pruning: without an evaluation no model is saved
      sweep.yaml:10:23 parameters.max_steps.value: The target sparsity is never reached: 90 steps are fewer than 100 of finetuning before pruning and 4210 in which it rises (sparsity_warmup_epochs). Give more, or a shorter rise
      sweep.yaml:11:32 parameters.prefinetune_epochs.value: This checkout finetunes 100 steps before pruning, whatever is asked (trainer/trainer.py): leave prefinetune_epochs out, or restore the formula there
      sweep.yaml:12:30 parameters.sparsity_epsilon.value: Expected less than the sparsity 0.95, got 0.97: every model would count as sparse enough (0.01 is a point)
      sweep.yaml:13:19 parameters.gates.value: Upstream's \`layer\` has both: give attention-layer and feed-forward-layer, or neither"
    `);
  });

  test('names of other tools, keys of other backends', () => {
    const names = ['target_sparsity: { value: 0.9 }', 'gate_learning_rate: { value: 0.1 }', 'draw_seed: { value: 1 }'];
    const top = ['script: run_CoFi.sh', 'data: { split: heldout-train }', 'resources: { gpus_per_run: 2 }'];
    expect(errorsOf(text([...usual, ...names], top))).toMatchInlineSnapshot(`
      "sweep.yaml:6:1 script: Upstream's run_CoFi.sh is not driven: it reads its tenth argument, sparsity_epsilon, as pretrained_pruned_model. Remove \`script\`; run_glue_prune.py is called with named arguments
      sweep.yaml:7:16 data.split: Upstream chooses and reports on the dev set: expected dev, got "heldout-train"
      sweep.yaml:8:28 resources.gpus_per_run: Upstream trains on one GPU: leave gpus_per_run out
      sweep.yaml:13:3 parameters.target_sparsity: Unknown parameter "target_sparsity". Here it is sparsity
      sweep.yaml:14:3 parameters.gate_learning_rate: Unknown parameter "gate_learning_rate". Here it is reg_learning_rate, one rate for gates and multipliers
      sweep.yaml:15:3 parameters.draw_seed: Unknown parameter "draw_seed". Here it is seed: upstream has one for everything"
    `);
    expect(errorsOf(text(usual, ['model: { source: embedded }']))).toMatchInlineSnapshot(
      `"sweep.yaml:6:18 model.source: Upstream loads a model by hub name or from a directory, not embedded"`,
    );
    expect(errorsOf(text(usual, ['model: { source: directory, path: bert, labels: [a, b] }']))).toMatchInlineSnapshot(
      `"sweep.yaml:6:41 model.labels: Upstream takes a teacher's answers in GLUE's order: leave \`labels\` out"`,
    );
  });
});

test('a run without a word about its settings is called as run_CoFi.sh calls it', () => {
  expect(argumentsOf(['task: { value: RTE }', 'strategy: { value: published/v6 }'])).toMatchInlineSnapshot(`
    {
      "cofi-evaluate": "",
      "cofi-finetune": "--task_name rte --ex_name rte_published-v6 --do_train --do_eval --overwrite_output_dir --disable_tqdm True --logging_steps 100 --save_steps 0 --evaluation_strategy steps --eval_steps 50 --max_seq_length 128 --per_device_eval_batch_size 32 --seed 57 --freeze_embeddings --do_distill --do_layer_distill --distill_ce_loss_alpha 0.1 --distill_loss_alpha 0.9 --distill_temp 2 --layer_distill_version 6 --per_device_train_batch_size 64 --learning_rate 0.00002 --num_train_epochs 20 --scheduler_type none --pruning_type None",
      "cofi-prune": "--task_name rte --ex_name rte_published-v6 --do_train --do_eval --overwrite_output_dir --disable_tqdm True --logging_steps 100 --save_steps 0 --evaluation_strategy steps --eval_steps 50 --max_seq_length 128 --per_device_eval_batch_size 32 --seed 57 --freeze_embeddings --do_distill --do_layer_distill --distill_ce_loss_alpha 0.1 --distill_loss_alpha 0.9 --distill_temp 2 --layer_distill_version 6 --per_device_train_batch_size 32 --learning_rate 0.00002 --num_train_epochs 100 --scheduler_type linear --pruning_type structured_heads+structured_mlp+hidden+layer --reg_learning_rate 0.01 --temperature 0.6666666666666666 --target_sparsity 0.95 --sparsity_epsilon 0 --prepruning_finetune_epochs 4 --lagrangian_warmup_epochs 20",
    }
  `);
});

test('the baselines leave the layer loss out, and give its weight to the prediction where they say so', () => {
  const { 'cofi-prune': rescaled } = argumentsOf(['task: { value: rte }', 'strategy: { value: none-rescaled }']);
  expect(rescaled).not.toContain('--do_layer_distill');
  expect(rescaled).toContain('--distill_ce_loss_alpha 1 ');
});

test('the page on the backend lists every parameter, and no other', () => {
  const page = readFileSync(new URL('../../docs/cofi-backend.md', import.meta.url), 'utf8');
  const [, table = ''] = page.split('## Parameters');
  const rows = (table.split('## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| `'));
  const named = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([a-z_]+)`/g)].map((match) => match[1]));
  expect(named.toSorted()).toEqual(namesOf(cofiVocabulary).toSorted());
});
