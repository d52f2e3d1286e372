import { readFileSync } from 'node:fs';
import { visibleGpus } from '../executor/devices.ts';
import { listGpus } from '../executor/nvidia-smi.ts';
import { errorCode } from '../store/atomic-file.ts';
import { backendOf, otherThanUtf8 } from '../sweep/index.ts';
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
  const bytes = readBytes(file);
  const encoding = otherEncoding(bytes);
  if (encoding !== undefined)
    throw new CommandError(`${file}: expected UTF-8 text, found ${encoding}: save it as UTF-8`);
  const other = otherThanUtf8(bytes);
  if (other !== undefined) throw new CommandError(`${file}, line ${other.line}: ${other.message}: save it as UTF-8`);
  return bytes.toString('utf8');
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new CommandError(
        `${file}: expected a sweep file, found nothing there. Those that come along are in sweeps/`,
      );
    if (code === 'EISDIR') throw new CommandError(`${file}: expected a sweep file, found a folder`);
    if (code === 'EACCES' || code === 'EPERM')
      throw new CommandError(`${file}: expected a sweep file that can be read, this user may not read it`);
    throw error;
  }
}

/** Letters of UTF-16 leave every second byte zero; YAML allows no zero at all. */
function otherEncoding(bytes: Buffer): string | undefined {
  if (bytes.subarray(0, 2).equals(Buffer.of(0xff, 0xfe)) || bytes.subarray(0, 2).equals(Buffer.of(0xfe, 0xff)))
    return 'UTF-16';
  return bytes.includes(0) ? 'bytes that are zero, as in UTF-16 or in a file that is no text' : undefined;
}
