import { join } from 'node:path';
import { projectDir } from '../project.ts';

/** Where set-up puts things. */
export type Layout = ReturnType<typeof layoutOf>;

export function layoutOf(root: string = projectDir) {
  const dataDir = join(root, '.data');
  const venv = join(root, '.venv');
  return {
    root,
    venv,
    python: join(venv, 'bin', 'python'),
    dataDir,
    embeddedDataDir: join(dataDir, 'embedded'),
    stamp: join(dataDir, 'set-up.json'),
    lockDir: join(dataDir, 'set-up-lock'),
    log: join(dataDir, 'set-up.log'),
    packageLock: join(root, 'package-lock.json'),
    requirements: {
      training: join(root, 'python', 'requirements.txt'),
      checks: join(root, 'python', 'requirements-dev.txt'),
      embeddedModel: join(root, 'python', 'requirements-embedded-model.txt'),
      embeddedData: join(root, 'python', 'requirements-embedded-data.txt'),
    },
  };
}
