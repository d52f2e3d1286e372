import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyPatch, PatchError, planPatch, revertPatch } from '../../src/patch/index.ts';
import { findStrategy } from '../../src/strategy/catalogue.ts';
import { emitModule } from '../../src/strategy/torch/index.ts';
import { makeCheckout, trainer } from './checkout.ts';

const repository = join(import.meta.dirname, '../..');
const named = (name: string, version: number | null = null) => ({
  name,
  code: emitModule(name, findStrategy(name).strategy),
  version,
});

/** Every file and link of a checkout, with its permissions. */
function snapshot(root: string): Record<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  return Object.fromEntries(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path, entry.isSymbolicLink() ? 'link' : `${statSync(path).mode} ${readFileSync(path, 'latin1')}`];
    }),
  );
}

function refused(root: string, name = 'v4'): string {
  const before = snapshot(root);
  let message = '';
  try {
    applyPatch(planPatch(root, named(name)));
  } catch (error) {
    expect(error).toBeInstanceOf(PatchError);
    message = (error as Error).message;
  }
  expect(snapshot(root)).toEqual(before);
  return message.replaceAll(root, 'ROOT');
}

describe('patching a checkout', () => {
  it('replaces the method, puts the module beside it and repairs the missing import', () => {
    const root = makeCheckout();
    applyPatch(planPatch(root, named('v4')));
    const patched = readFileSync(join(root, 'trainer/trainer.py'), 'utf8');
    expect(patched).toContain('import torch\nimport random\nfrom trainer import layersweep_layer_loss\n');
    expect(patched).toContain('logger = logging.getLogger(__name__)\nlayersweep_layer_loss.logger = logger\n');
    expect(patched).not.toContain('random.sample');
    expect(patched).toContain('    def calculate_distillation_loss(');
    expect(readFileSync(join(root, 'trainer/layersweep_layer_loss.py'), 'utf8')).toBe(named('v4').code);
  });

  it('makes the trainer compute the strategy, and log by its own logger', () => {
    const root = makeCheckout();
    applyPatch(planPatch(root, named('v4')));
    const python = join(repository, '.venv/bin/python');
    const run = spawnSync(existsSync(python) ? python : 'python3', ['-B', '-c', program], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(run.stderr).toMatch(
      /^INFO:trainer\.trainer:v4 Global step: 0, Alignment: tensor\(\[ 2, {2}5, {2}8, 11\]\)\n$/,
    );
    expect(run.stdout).toBe('4.0\n');
  });

  it('twice is once', () => {
    const root = makeCheckout();
    applyPatch(planPatch(root, named('v4')));
    const once = snapshot(root);
    const again = planPatch(root, named('v4'));
    expect(again.done).toBe(true);
    applyPatch(again);
    expect(snapshot(root)).toEqual(once);
  });

  it.each([
    ['line feeds', trainer],
    ['carriage returns', trainer.replaceAll('\n', '\r\n')],
    ['tabs', trainer.replaceAll('    ', '\t')],
    ['bytes that are no UTF-8', trainer.replace('Draws', 'Dr\u00e4ws')],
  ])('is reverted to the last byte: %s', (_, text) => {
    const root = makeCheckout();
    const file = join(root, 'trainer/trainer.py');
    writeFileSync(file, Buffer.from(text, 'latin1'));
    chmodSync(file, 0o755);
    const before = snapshot(root);
    applyPatch(planPatch(root, named('v4')));
    applyPatch(planPatch(root, named('published/v6')));
    expect(snapshot(root)).not.toEqual(before);
    expect(statSync(file).mode & 0o777).toBe(0o755);
    expect(revertPatch(root)).toBe(true);
    expect(snapshot(root)).toEqual(before);
    expect(revertPatch(root)).toBe(false);
  });

  it.each([
    ['line feeds', trainer],
    ['carriage returns', trainer.replaceAll('\n', '\r\n')],
    ['no line feed at the end', trainer.trimEnd()],
    ['no line feed after the method', trainer.split('\n    def calculate_distillation_loss')[0]?.trimEnd() ?? ''],
    ['letters beside ASCII', trainer.replace('Draws', 'Dräws').replace('import math', 'import math  # ∑')],
  ])('shows a diff that git applies to the same files: %s', (_, text) => {
    const changes = { 'trainer/trainer.py': text };
    const [root, other] = [makeCheckout(changes), makeCheckout(changes)];
    const before = snapshot(root);
    const planned = planPatch(root, named('v4'));
    expect(snapshot(root)).toEqual(before);
    spawnSync('git', ['init', '-q'], { cwd: other });
    const applied = spawnSync('git', ['apply', '--whitespace=nowarn', '-'], { cwd: other, input: planned.diff });
    expect(applied.stderr.toString()).toBe('');
    applyPatch(planned);
    for (const file of ['trainer/trainer.py', 'trainer/layersweep_layer_loss.py']) {
      expect(readFileSync(join(other, file), 'utf8')).toBe(readFileSync(join(root, file), 'utf8'));
    }
  });

  it('says which strategy an earlier patch put there', () => {
    const root = makeCheckout();
    expect(planPatch(root, named('v4')).earlier).toBe(null);
    applyPatch(planPatch(root, named('v4')));
    expect(planPatch(root, named('v6')).earlier).toBe('v4');
  });

  it('goes on, or back, after it was interrupted', () => {
    for (const finish of [(root: string) => applyPatch(planPatch(root, named('v4'))), revertPatch]) {
      const root = makeCheckout();
      const before = readFileSync(join(root, 'trainer/trainer.py'));
      applyPatch(planPatch(root, named('v4')));
      const patched = readFileSync(join(root, 'trainer/trainer.py'));
      writeFileSync(join(root, 'trainer/trainer.py'), before);
      rmSync(join(root, 'trainer/layersweep_layer_loss.py'));
      finish(root);
      const expected = finish === revertPatch ? before : patched;
      expect(readFileSync(join(root, 'trainer/trainer.py'))).toEqual(expected);
    }
  });

  it('warns where the version flag says otherwise', () => {
    const script = 'version=3\npython run.py --layer_distill_version \x24{version}\n';
    const byPosition = 'LAYER_DISTILL_VERSION=4\nbash scripts/run_CoFi.sh $TASK $LAYER_DISTILL_VERSION\n';
    const root = makeCheckout({
      'scripts/run_CoFi.sh': script,
      'scripts/mine.sh': 'python run.py --layer_distill_version 6\n',
      'run.sh': byPosition,
    });
    expect(planPatch(root, named('v6', 6)).warnings).toMatchInlineSnapshot(`
      [
        "args.py defaults to --layer_distill_version 4, the strategy is version 6: the patched method ignores the flag",
        "run.sh passes --layer_distill_version 4, the strategy is version 6: the patched method ignores the flag",
        "scripts/run_CoFi.sh passes --layer_distill_version 3, the strategy is version 6: the patched method ignores the flag",
      ]
    `);
  });
});

describe('a patch is refused, and nothing written, where', () => {
  it('the folder is missing or no checkout', () => {
    expect(() => planPatch(join(tmpdir(), 'layersweep-nowhere'), named('v4'))).toThrow(/there is no such folder/);
    expect(refused(mkdtempSync(join(tmpdir(), 'layersweep-empty-')))).toMatchInlineSnapshot(
      `"Expected a checkout of CoFiPruning at ROOT; it has no trainer/trainer.py"`,
    );
  });

  it.each([
    ['another class', trainer.replace('class CoFiTrainer', 'class OtherTrainer')],
    ['no such method', trainer.replace('def calculate_layer_distillation_loss(', 'def other(')],
    ['two such methods', `${trainer}\n    def calculate_layer_distillation_loss(self, zs):\n        return None\n`],
    [
      'other parameters',
      trainer.replace('(self, teacher_outputs, student_outputs, zs):\n        # Draws', '(self, zs):\n        # Draws'),
    ],
    ['a decorator', trainer.replace('    def calculate_layer_d', '    @staticmethod\n    def calculate_layer_d')],
    ['an unclear end', trainer.replace('            "not the end"', '"not the end"')],
    ['a patch without record', `${trainer}\nimport layersweep_layer_loss\n`],
  ])('the trainer has %s', (_, text) => {
    expect(refused(makeCheckout({ 'trainer/trainer.py': text }))).toMatch(/^trainer\/trainer\.py /);
  });

  it.each(['trainer/trainer.py', 'trainer/layersweep_layer_loss.py'])(
    '%s was changed after an earlier patch',
    (file) => {
      const root = makeCheckout();
      applyPatch(planPatch(root, named('v4')));
      writeFileSync(join(root, file), `${readFileSync(join(root, file), 'utf8')}# mine\n`);
      expect(refused(root, 'v6')).toContain(`${file} was changed after it was patched`);
      const before = snapshot(root);
      expect(() => revertPatch(root)).toThrow(PatchError);
      expect(snapshot(root)).toEqual(before);
    },
  );

  it('the record is not one', () => {
    expect(refused(makeCheckout({ '.layersweep-patch.json': '{}' }))).toContain('is not the record of a patch');
  });

  it.each(['trainer', 'trainer/trainer.py', 'trainer/layersweep_layer_loss.py', '.layersweep-patch.json'])(
    '%s is a link that leads outside',
    (path) => {
      const root = makeCheckout();
      const outside = mkdtempSync(join(tmpdir(), 'layersweep-outside-'));
      const target = join(outside, 'target');
      if (existsSync(join(root, path))) renameSync(join(root, path), target);
      else writeFileSync(target, 'precious');
      symlinkSync(target, join(root, path));
      const before = snapshot(outside);
      expect(refused(root)).toMatch(/leads outside the checkout by a link/);
      expect(snapshot(outside)).toEqual(before);
    },
  );

  it('a file of the module lies there already, or a link that leads nowhere', () => {
    expect(refused(makeCheckout({ 'trainer/layersweep_layer_loss.py': 'mine' }))).toContain('no record of a patch');
    const root = makeCheckout();
    symlinkSync('/nonexistent/layersweep', join(root, 'trainer/layersweep_layer_loss.py'));
    expect(refused(root)).toContain('leads nowhere');
  });
});

// The superuser may write anywhere.
it.skipIf(process.getuid?.() === 0)('a folder that may not be written in is named, and nothing written', () => {
  const root = makeCheckout();
  applyPatch(planPatch(root, named('v4')));
  const folder = join(root, 'trainer');
  chmodSync(folder, 0o555);
  expect(refused(root, 'v6')).toBe(
    'ROOT/trainer may not be written in, and nothing was written. Mend its permissions (ls -ld)',
  );
  expect(() => revertPatch(root)).toThrow('may not be written in');
  chmodSync(folder, 0o755);
  expect(revertPatch(root)).toBe(true);
});

it('a link that stays inside the checkout is followed and kept', () => {
  const root = makeCheckout();
  mkdirSync(join(root, 'shared'));
  renameSync(join(root, 'trainer/trainer.py'), join(root, 'shared/trainer.py'));
  symlinkSync('../shared/trainer.py', join(root, 'trainer/trainer.py'));
  const before = snapshot(root);
  applyPatch(planPatch(root, named('v4')));
  expect(readFileSync(join(root, 'shared/trainer.py'), 'utf8')).toContain('layersweep_layer_loss');
  revertPatch(root);
  expect(snapshot(root)).toEqual(before);
});

const program = `
import logging
from types import SimpleNamespace as Some

import torch

logging.basicConfig(level=logging.INFO)
from trainer.trainer import CoFiTrainer

states = tuple(torch.full((1, 2, 3), float(10 * layer)) for layer in range(13))
shifted = tuple(state + 1 for state in states)
model = Some(layer_transformation=torch.nn.Identity())
trainer = CoFiTrainer(Some(do_layer_distill=True, layer_distill_version=4), Some(seed=0), model)
gates = {"head_layer_z": torch.ones(12), "mlp_z": torch.ones(12)}
print(trainer.calculate_distillation_loss((0, 0, states), (0, 0, shifted), gates).item())
`;
