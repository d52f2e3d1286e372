import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalogue } from '../src/strategy/catalogue.ts';
import { moduleFileName } from '../src/strategy/torch/file-name.ts';
import { emitModule } from '../src/strategy/torch/index.ts';

/** `npm run bench:loss -- [--device cuda] …`: emits the catalogue and times it, by scripts/bench_loss.py. */
const python = join(import.meta.dirname, '../.venv/bin/python');
const folder = mkdtempSync(join(tmpdir(), 'layersweep-bench-'));
try {
  for (const { name, strategy } of catalogue) {
    if (strategy.kind !== 'none') writeFileSync(join(folder, moduleFileName(name)), emitModule(name, strategy));
  }
  const program = [join(import.meta.dirname, 'bench_loss.py'), '--modules', folder, ...process.argv.slice(2)];
  const run = spawnSync(existsSync(python) ? python : 'python3', program, {
    stdio: 'inherit',
    env: { ...process.env, KINETO_LOG_LEVEL: '5' },
  });
  process.exitCode = run.status ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}
