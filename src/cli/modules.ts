import { hash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readFileIfAny, writeFileAtomic } from '../store/atomic-file.ts';
import type { Strategy } from '../strategy/specification/strategy.ts';
import { moduleFileName } from '../strategy/torch/file-name.ts';
import { emitModule } from '../strategy/torch/index.ts';
import { pythonPath } from './project.ts';

/** The emitted module of a strategy: the repository's own where it is the same, else written beside the results. */
export function emitInto(resultsDir: string): (strategy: Strategy, name: string) => { file: string; sha256: string } {
  return (strategy, name) => {
    const text = emitModule(name, strategy);
    const sha256 = hash('sha256', text);
    const carried = join(pythonPath, 'layersweep', 'generated', moduleFileName(name));
    if (readFileIfAny(carried) === text) return { file: carried, sha256 };
    const file = join(resultsDir, 'stages', '.modules', sha256.slice(0, 16), moduleFileName(name));
    if (readFileIfAny(file) !== text) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileAtomic(file, text);
    }
    return { file, sha256 };
  };
}
