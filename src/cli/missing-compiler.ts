import { delimiter, resolve } from 'node:path';
import { isExecutable } from './machine/set-up-state.ts';

/** The C++ compiler that torch.compile takes on a CPU, as `runtime/compiled.py` says, where PATH does not have it; else null. */
export function missingCompiler(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string | null {
  const name = env.CXX ?? (platform === 'darwin' ? 'clang++' : 'g++');
  const folders = name.includes('/') ? [''] : (env.PATH ?? '').split(delimiter);
  return folders.some((folder) => isExecutable(resolve(folder, name))) ? null : name;
}
