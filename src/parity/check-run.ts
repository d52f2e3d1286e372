import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkProbe, type ProbeVerdict } from './check-probe.ts';
import { TensorFileError } from './safetensors.ts';

export type RunVerdict = {
  readonly stageDir: string;
  /** In the order of their steps. */
  readonly probes: readonly ProbeVerdict[];
  /** Probe files that could not be read, each with its reason. */
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
  /** null: the run recorded no probe, so nothing can be said. */
  readonly agrees: boolean | null;
};

/** Holds every probe of a stage's folder (`probes/*.safetensors`) against the reference. */
export async function checkRun(stageDir: string): Promise<RunVerdict> {
  const probes: ProbeVerdict[] = [];
  const unreadable: { path: string; reason: string }[] = [];
  for (const path of await probeFiles(stageDir)) {
    try {
      probes.push(await checkProbe(path));
    } catch (error) {
      if (!(error instanceof TensorFileError)) throw error;
      unreadable.push({ path, reason: error.message });
    }
  }
  probes.sort((a, b) => a.step - b.step);
  const none = probes.length + unreadable.length === 0;
  const agrees = none ? null : unreadable.length === 0 && probes.every((probe) => probe.agrees);
  return { stageDir, probes, unreadable, agrees };
}

async function probeFiles(stageDir: string): Promise<string[]> {
  const dir = join(stageDir, 'probes');
  try {
    const names = await readdir(dir);
    return names
      .filter((name) => name.endsWith('.safetensors'))
      .sort()
      .map((name) => join(dir, name));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
