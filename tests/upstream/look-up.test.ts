import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readCheckout, sourcesWith } from '../../src/cli/cofi-checkout.ts';
import { lookUpCofiPython } from '../../src/cli/cofi-python.ts';
import { applyPatch, planPatch } from '../../src/patch/index.ts';
import { findStrategy } from '../../src/strategy/catalogue.ts';
import { type CofiSweep, lookUpCofiModels, parseCofiSweep } from '../../src/sweep/index.ts';
import { makeModel, makeStandIn, trainer } from './stand-in.ts';

function standIn(changes: Readonly<Record<string, string>> = {}): string {
  const root = makeStandIn(changes);
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'layersweep-cofi-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function sweepOf(more: Readonly<Record<string, string>> = {}): CofiSweep {
  const keys = { checkout: 'CoFiPruning', python: './python', teacher: 'teachers/\x24{task}', ...more };
  const lines = Object.entries(keys).map(([key, value]) => `${key}: ${value}`);
  const rest = ['method: grid', 'parameters:', '  task: { value: rte }', '  strategy: { value: v4 }', ''];
  const parsed = parseCofiSweep(['name: one', 'backend: cofi', ...lines, ...rest].join('\n'), 'sweep.yaml');
  if (!parsed.ok) throw new Error(parsed.errors[0]?.message);
  return parsed.sweep;
}

const messageOf = async (work: () => unknown, ...hidden: readonly string[]): Promise<string> => {
  try {
    await work();
  } catch (error) {
    return hidden.reduce((text, path, i) => text.replaceAll(path, `DIR${i}`), (error as Error).message);
  }
  return 'nothing was refused';
};

describe('a checkout', () => {
  test('gives the sources of each strategy, its own patch or not, and is left alone', () => {
    const root = standIn();
    const before = readFileSync(join(root, 'trainer/trainer.py'), 'utf8');
    const { strategy } = findStrategy('v4');
    const plain = sourcesWith(readCheckout(root), strategy, 'v4');
    expect(readFileSync(join(root, 'trainer/trainer.py'), 'utf8')).toBe(before);
    expect([...plain.sources.keys()]).toContain('trainer/layersweep_layer_loss.py');
    const none = sourcesWith(readCheckout(root), findStrategy('none').strategy, 'none');
    expect(none.sources.get('trainer/trainer.py')?.toString()).toBe(trainer);
    applyPatch(planPatch(root, { name: 'v6', code: 'module = 6\n', version: 6 }));
    expect(sourcesWith(readCheckout(root), strategy, 'v4').sha256).toBe(plain.sha256);
    expect(sourcesWith(readCheckout(root), findStrategy('none').strategy, 'none').sha256).toBe(none.sha256);
  });

  test('that was changed runs as it is changed, under another hash', () => {
    const { strategy } = findStrategy('v3');
    const hashes = [standIn(), standIn({ 'utils/cofi_utils.py': 'changed = True\n' })].map(
      (root) => sourcesWith(readCheckout(root), strategy, 'v3').sha256,
    );
    expect(hashes[0]).not.toBe(hashes[1]);
  });

  test('says which published defects its sources have', () => {
    expect([...readCheckout(standIn()).defects]).toEqual(['prefinetune-100', 'best-never-saved']);
    const mended = trainer.replace('"mnli/acc"', '"accuracy"').replace('"corr"', '"combined_score"');
    expect([...readCheckout(standIn({ 'trainer/trainer.py': mended })).defects]).toEqual(['prefinetune-100']);
  });

  test('that is none, is foreign or too old is refused', async () => {
    expect(await messageOf(() => readCheckout('/nowhere/CoFi'))).toContain('there is no such folder');
    const foreign = standIn({ 'trainer/trainer.py': 'import torch\n\n\nclass Trainer:\n    pass\n' });
    expect(await messageOf(() => readCheckout(foreign))).toContain("is not upstream's trainer");
    const old = standIn({ 'args.py': 'layer_distill_version = scheduler_type = prepruning_finetune_epochs = 0\n' });
    expect(await messageOf(() => readCheckout(old), old)).toBe(
      'DIR0: args.py does not know --sparsity_epsilon, --lagrangian_warmup_epochs: update the checkout (git pull; da855a8 is known to do)',
    );
  });
});

describe('the Python of the checkout', () => {
  test('is asked for what the checkout imports, followed through its own files', async () => {
    const root = standIn({
      'utils/cofi_utils.py': 'from transformers.file_utils import hf_bucket_url\nimport black, no_such\n',
    });
    const dir = folder();
    const fake = join(dir, 'python');
    writeFileSync(fake, `#!/bin/sh\nexec ${process.execPath} -e '${answer}' "$3"\n`);
    chmodSync(fake, 0o755);
    const ask = () => lookUpCofiPython(sweepOf(), dir, readCheckout(root));
    expect(await messageOf(ask, dir, root)).toMatchInlineSnapshot(
      `"sweep.yaml:4:9 python: DIR0/python lacks black, no_such, which the checkout imports. Install them: DIR0/python -m pip install -r DIR1/requirements.txt"`,
    );
  });

  test('that has too new a package is told which name is gone', async () => {
    const root = standIn();
    const dir = folder();
    const fake = join(dir, 'python');
    const facts = { version: '3.11.2', missing: [], packages: { transformers: '5.0.0' } };
    const lacks = ['transformers.file_utils.hf_bucket_url'];
    writeFileSync(fake, `#!/bin/sh\necho '${JSON.stringify({ ...facts, lacks })}'\n`);
    chmodSync(fake, 0o755);
    expect(
      await messageOf(() => lookUpCofiPython(sweepOf(), dir, readCheckout(root)), dir, root),
    ).toMatchInlineSnapshot(
      `"sweep.yaml:4:9 python: DIR0/python has transformers 5.0.0, which no longer has transformers.file_utils.hf_bucket_url, and the checkout imports it. Install upstream's versions: DIR0/python -m pip install -r DIR1/requirements.txt"`,
    );
  });

  test('that is not there, or no Python, is one sentence', async () => {
    const ask = (python: string) => () => lookUpCofiPython(sweepOf({ python }), tmpdir(), readCheckout(standIn()));
    expect(await messageOf(ask('/nowhere/python'))).toBe(
      "sweep.yaml:4:9 python: Expected the Python of upstream's environment at /nowhere/python: there is no program that can be run",
    );
    expect(await messageOf(ask('echo'))).toContain('it does not answer as Python 3 does');
  });
});

/** Answers what it was asked for: packages named no_such are missing. */
const answer = `
const [wanted] = JSON.parse(process.argv[1]);
const missing = wanted.filter((name) => name === "no_such" || name === "black");
console.log(JSON.stringify({ version: "3.8.10", missing, packages: { torch: "1.10.2" }, lacks: [] }));
`;

describe('a teacher', () => {
  const look = async (config: Readonly<Record<string, unknown>>, prepare: (dir: string) => void = () => {}) => {
    const dir = folder();
    prepare(makeModel(join(dir, 'teachers/rte'), config));
    return await messageOf(() => lookUpCofiModels(sweepOf(), dir), dir);
  };

  test('of the right shape is hashed', async () => {
    const dir = folder();
    makeModel(join(dir, 'teachers/rte'));
    const { teachers } = await lookUpCofiModels(sweepOf(), dir);
    expect(teachers.get('rte')?.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  test('of another shape, depth, number or order of classes is refused before it is loaded', async () => {
    expect(await look({ hidden_size: 384 })).toMatchInlineSnapshot(
      `"sweep.yaml:5:10 teacher: The teacher of rte, DIR0/teachers/rte, has hidden_size 384, the student 768: upstream needs a teacher of the same shape"`,
    );
    expect(await look({ num_hidden_layers: 6 })).toMatchInlineSnapshot(
      `"sweep.yaml:5:10 teacher: The teacher of rte: DIR0/teachers/rte has 6 layers; upstream's code counts to 12. Take \`backend: builtin\` for another depth"`,
    );
    expect(await look({ id2label: { 0: 'a', 1: 'b', 2: 'c' } })).toMatchInlineSnapshot(
      `"sweep.yaml:5:10 teacher: The teacher of rte, DIR0/teachers/rte, tells 3 classes apart, the task has 2"`,
    );
    expect(await look({ id2label: { 0: 'not_entailment', 1: 'entailment' } })).toMatchInlineSnapshot(
      `"sweep.yaml:5:10 teacher: The teacher of rte, DIR0/teachers/rte, has its classes in the order not_entailment, entailment; upstream takes entailment, not_entailment"`,
    );
  });

  test('that is missing, or saved in a way that upstream cannot read, is named with what to do', async () => {
    const only = (dir: string) => {
      rmSync(join(dir, 'pytorch_model.bin'));
      writeFileSync(join(dir, 'model.safetensors'), 'weights');
    };
    expect(await look({}, only)).toMatchInlineSnapshot(
      `"sweep.yaml:5:10 teacher: The teacher of rte: DIR0/teachers/rte has no pytorch_model.bin, which is what upstream's transformers reads. Save it so: model.save_pretrained(folder, safe_serialization=False)"`,
    );
    expect(await look({}, (dir) => rmSync(dir, { recursive: true }))).toMatchInlineSnapshot(
      `"sweep.yaml:5:10 teacher: The teacher of rte: expected a model in DIR0/teachers/rte, there is no such folder"`,
    );
  });
});

test('a hub name that upstream would take for another kind of model is refused', async () => {
  const model = '{ source: hub, name: google/bert_uncased_L-12 }';
  expect(await messageOf(() => lookUpCofiModels(sweepOf({ model }), folder()))).toContain(
    'may be taken for the wrong one',
  );
});
