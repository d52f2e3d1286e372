import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { strategySha256 } from '../../src/strategy/identity.ts';
import { emitModule } from '../../src/strategy/torch/index.ts';
import { type Answer, answerSchema } from './answer.ts';
import type { Case } from './case.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export type ModuleRunner = {
  /** Emits the case's module, runs it in Python, and proves by hashes that this very file ran. */
  readonly run: (fuzzed: Case) => Promise<Answer>;
  readonly close: () => Promise<void>;
};

/** A Python process that runs emitted modules one case at a time; `dir` takes the emitted files. */
export async function startModules(dir: string): Promise<ModuleRunner> {
  await mkdir(dir, { recursive: true });
  const driver = fileURLToPath(new URL('run_module.py', import.meta.url));
  const child = execa(`${root}.venv/bin/python`, [driver], {
    env: { OMP_NUM_THREADS: '1' },
    stderr: 'inherit',
    buffer: false,
    reject: false,
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    run: async (fuzzed) => {
      const text = emitModule(fuzzed.strategyName, fuzzed.strategy);
      const sha256 = createHash('sha256').update(text).digest('hex');
      const moduleFile = join(dir, `module_${sha256.slice(0, 16)}.py`);
      await writeFile(moduleFile, text);
      child.stdin.write(`${JSON.stringify({ moduleFile, case: fuzzed })}\n`);
      const line = await lines.next();
      if (line.done === true) throw new Error(`Python ended while it ran ${moduleFile}; its error is above`);
      const answer = answerSchema.parse(JSON.parse(line.value));
      if (answer.moduleSha256 !== sha256) throw new Error(`Another file than ${moduleFile} ran`);
      if (answer.strategySha256 !== strategySha256(fuzzed.strategy)) {
        throw new Error(`${moduleFile} carries another strategy than it was emitted from`);
      }
      return answer;
    },
    close: async () => {
      child.stdin.end();
      await child;
    },
  };
}
