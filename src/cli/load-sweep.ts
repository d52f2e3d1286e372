import { readFileSync } from 'node:fs';
import { visibleGpus } from '../executor/devices.ts';
import { listGpus } from '../executor/nvidia-smi.ts';
import { errorCode } from '../store/atomic-file.ts';
import { backendOf } from '../sweep/index.ts';
import { CommandError } from './command-error.ts';
import { loadBuiltinSweep } from './load-builtin-sweep.ts';
import { loadCofiSweep } from './load-cofi-sweep.ts';
import { loadCommandSweep } from './load-command-sweep.ts';
import type { LoadedSweep, LoadOptions, SweepSource } from './loaded-sweep.ts';

/** From a sweep file to its plan: reads the file, looks at model, data and machine, and starts nothing. */
export async function loadSweep(file: string, options: LoadOptions): Promise<LoadedSweep> {
  const text = readSweepFile(file);
  const gpus = visibleGpus(await listGpus(process.env), process.env.CUDA_VISIBLE_DEVICES);
  const source: SweepSource = {
    file,
    text,
    gpuMemoryMiB: gpus.map(({ memoryMiB }) => memoryMiB),
    device: options.device ?? (gpus.length > 0 ? 'cuda' : 'cpu'),
  };
  switch (backendOf(text)) {
    case 'command':
      return loadCommandSweep(source);
    case 'cofi':
      return loadCofiSweep(source, options);
    case 'builtin':
      return loadBuiltinSweep(source, options);
  }
}

function readSweepFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT')
      throw new CommandError(
        `${file}: expected a sweep file, found nothing there. Those that come along are in sweeps/`,
      );
    if (code === 'EISDIR') throw new CommandError(`${file}: expected a sweep file, found a folder`);
    throw error;
  }
}
