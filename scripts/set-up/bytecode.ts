import { join } from 'node:path';
import { $ } from 'zx';
import type { Layout } from '../../src/cli/machine/layout.ts';

const imported = [
  'layersweep.stages.teacher',
  'layersweep.stages.importance',
  'layersweep.stages.prune',
  'layersweep.stages.finetune',
  'layersweep.stages.evaluate',
  'transformers.models.bert.modeling_bert',
  'transformers.models.roberta.modeling_roberta',
];

/**
 * Has Python write the bytecode of what a training stage imports, and of no more. Where the environment forbids it to
 * write any (PYTHONDONTWRITEBYTECODE), every stage would compile all of it again, which takes several seconds.
 */
export async function compileImports(layout: Layout): Promise<string> {
  const { PYTHONDONTWRITEBYTECODE: _forbidden, ...env } = process.env;
  const run = await $({
    cwd: layout.root,
    env: { ...env, PYTHONPATH: join(layout.root, 'python') },
    nothrow: true,
    quiet: true,
  })`${layout.python} -c ${`import ${imported.join(', ')}`}`;
  // Nothing needs it: whatever is wrong with a package, the stage that imports it says.
  return run.exitCode === 0 ? 'written' : `left to the first stages (${run.stderr.trim().split('\n').at(-1)})`;
}
