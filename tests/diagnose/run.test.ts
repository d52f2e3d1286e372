import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { diagnose } from '../../src/diagnose/index.ts';

const layers = (off: readonly number[]) =>
  `[${Array.from({ length: 12 }, (_, i) => (off.includes(i) ? 0 : 1)).join(', ')}]`;

function log(options: { prefinetune: number; epsilon: number; task?: string; accuracy?: number }): string {
  const task = options.task ?? 'rte';
  const evaluating = (step: number, sparsity: number) =>
    `11/24/2026 - INFO - trainer.trainer - Evaluating: {'accuracy': ${options.accuracy ?? 0.61}, 'eval_loss': nan, ` +
    `'head_layers': ${layers([4, 5])}, 'mlp_layers': ${layers([5])}, 'hidden_dims': 760, 'expected_sparsity': ${sparsity}, ` +
    `'target_sparsity': 0.95, 'step': ${step}}`;
  return [
    'INFO - __main__ - Data Arguments:',
    `INFO - __main__ - task_name = ${task}`,
    'INFO - __main__ - Additional Arguments:',
    'INFO - __main__ - pruning_type = structured_heads+structured_mlp+hidden+layer',
    'INFO - __main__ - target_sparsity = 0.95',
    `INFO - __main__ - sparsity_epsilon = ${options.epsilon}`,
    'INFO - __main__ - prepruning_finetune_epochs = 4',
    `INFO - trainer.trainer - Prepruning finetune steps: ${options.prefinetune}`,
    'INFO - trainer.trainer - ***** Running training *****',
    '  Num Epochs = 100',
    '  Total optimization steps = 7800',
    evaluating(400, 0.951),
    'INFO - trainer.trainer - Starting saving the best from epoch 5 and step 400',
    "INFO - trainer.trainer - v4 Global step: 500, Alignment: tensor([1, 4, 5, 11], device='cuda:0')",
    evaluating(600, 0.93),
    'INFO - trainer.trainer - Saving the best model so far: [Epoch 7 | Step: 600 | Model size: 4920106 | Score: 0.61]',
  ].join('\n');
}

async function diagnoseLog(text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'layersweep-diagnose-'));
  await writeFile(join(folder, 'log.txt'), text);
  const { findings } = await diagnose(folder);
  return Object.fromEntries(findings.map((finding) => [finding.id, finding]));
}

test('a run of the published code shows each defect that hit it, with its numbers', async () => {
  const found = await diagnoseLog(log({ prefinetune: 100, epsilon: 0 }));
  expect(found['prefinetune-100']).toMatchObject({ verdict: 'hit', evidence: '100 steps were run, 4 epochs are 312' });
  expect(found['epsilon-not-passed']?.verdict).toBe('hit');
  expect(found['aligned-to-pruned-layer']).toMatchObject({
    verdict: 'hit',
    evidence:
      'of 4 pairs in 1 logged alignments 2 point at a layer without attention, 1 at one without attention and feed-forward',
  });
  expect(found['sparsity-latched']?.evidence).toBe(
    'the saved model (step 600, score 0.61) has expected sparsity 0.93, asked 0.95',
  );
  expect(found['best-never-saved']?.verdict).toBe('clear');
});

test('a run with the formula restored and a tolerance passed is clear of these two', async () => {
  const found = await diagnoseLog(log({ prefinetune: 312, epsilon: 0.01 }));
  expect(found['prefinetune-100']?.verdict).toBe('clear');
  expect(found['epsilon-not-passed']?.verdict).toBe('clear');
});

test('an MNLI accuracy far below chance is named as permuted labels', async () => {
  const found = await diagnoseLog(log({ prefinetune: 312, epsilon: 0.01, task: 'mnli', accuracy: 0.091 }));
  expect(found['mnli-labels-swapped']?.verdict).toBe('hit');
});

test('what evaluation.py printed of a released MNLI model tells permuted labels, and by how much', async () => {
  const printed = (path: string, accuracy: string) =>
    `Task: mnli\nModel path: ${path}\nModel size: 4330279\nSparsity: 0.949\nmnli/acc: ${accuracy}\nseconds/example: 0.000561\n`;
  const swapped = (await diagnoseLog(printed('../CoFi-MNLI-s95', '0.0910')))['mnli-labels-swapped'];
  expect(swapped).toMatchObject({
    verdict: 'hit',
    evidence: 'evaluation.py printed accuracy 0.091 for ../CoFi-MNLI-s95',
  });
  expect(JSON.stringify(swapped)).toContain('24.2 points below chance');
  const fine = await diagnoseLog(printed('princeton-nlp/CoFi-MNLI-s95', '0.8060'));
  expect(fine['mnli-labels-swapped']?.verdict).toBe('clear');
});

test('a teed log with colours and progress bars reads as the plain one', async () => {
  const plain = log({ prefinetune: 100, epsilon: 0 });
  const teed = plain
    .split('\n')
    .map((line, i) => `\r ${i}%|█   | ${i}/7800 [00:01<11:00]\r\u001b[32m${line}\u001b[0m`)
    .join('\r\n');
  expect(await diagnoseLog(teed)).toEqual(await diagnoseLog(plain));
});

test('a log that is empty or of another program is one clear error', async () => {
  const expected = 'Give the log.txt of a run of run_CoFi.sh, or what evaluation.py printed.';
  for (const text of ['', ' \r\n\n', '\u001b[0m']) {
    await expect(diagnoseLog(text)).rejects.toThrow(`log.txt is empty. ${expected}`);
  }
  for (const text of [
    'nothing of the kind\n{',
    '{"loss": 1}',
    'learning_rate = 2e-5\nepoch 1 loss 0.3',
    '\0\u{fffd}',
  ]) {
    await expect(diagnoseLog(text)).rejects.toThrow(`log.txt holds no line that upstream prints. ${expected}`);
  }
});

test('a run that ended as it began, and an evaluation on another task, are read for what they say', async () => {
  for (const text of ['Model Arguments:\n  output_dir = out', 'Task: cola\nModel path: out\nmcc: 0.3']) {
    const found = await diagnoseLog(text);
    expect(found['best-never-saved']?.evidence).toBe('cannot be told: the log has no evaluations');
  }
});

test('a folder that is neither is one clear error', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'layersweep-diagnose-'));
  await expect(diagnose(folder)).rejects.toThrow(
    'holds neither log.txt (an upstream run) nor trainer/trainer.py (a checkout)',
  );
});
