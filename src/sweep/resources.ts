import type { SweepFileError } from './errors.ts';
import type { StageResources } from './plan.ts';
import { at } from './reading.ts';
import type { ResourcesSpec, SweepFile } from './sweep-file.ts';

type Asked = Pick<ResourcesSpec, 'runsPerGpu' | 'gpusPerRun' | 'gpuMemoryGb'>;

const mibPerGb = 1024;

export function stageResources(asked: Asked, device: 'cpu' | 'cuda'): StageResources {
  const { runsPerGpu, gpusPerRun, gpuMemoryGb } = asked;
  return {
    gpus: device === 'cuda' ? gpusPerRun : 0,
    runsPerGpu,
    memoryMiB: gpuMemoryGb === null ? null : gpuMemoryGb * mibPerGb,
  };
}

/** What a sweep asks of GPUs with these memories and could never get; 0: nobody says how large one is. */
export function findMisfits(
  sweep: Pick<SweepFile, 'file' | 'positions'> & { readonly resources: Asked & Pick<ResourcesSpec, 'slots'> },
  gpuMemoryMiB: readonly number[],
): SweepFileError[] {
  const { gpusPerRun, gpuMemoryGb, slots } = sweep.resources;
  const misfits: SweepFileError[] = [];
  const misfit = (path: string, message: string): number => misfits.push(at(sweep, path, message));
  // Without any the sweep is refused when it is run; it may be planned for another machine.
  if (gpuMemoryMiB.length === 0) return misfits;
  if (slots !== null && gpusPerRun > slots) {
    misfit('resources.slots', `Expected at least ${gpusPerRun}, the GPUs of a run, got ${slots}: it could never start`);
  }
  if (gpusPerRun > gpuMemoryMiB.length) {
    misfit(
      'resources.gpus_per_run',
      `Expected at most ${gpuMemoryMiB.length}, the GPUs of this machine, got ${gpusPerRun}`,
    );
  }
  if (gpuMemoryGb === null || gpuMemoryMiB.includes(0)) return misfits;
  const largeEnough = gpuMemoryMiB.filter((memory) => memory >= gpuMemoryGb * mibPerGb).length;
  if (largeEnough < Math.min(gpusPerRun, gpuMemoryMiB.length)) {
    const sizes = gpuMemoryMiB.map((memory) => Number((memory / mibPerGb).toFixed(1))).join(', ');
    misfit(
      'resources.gpu_memory_gb',
      `Expected a run to fit the GPUs of this machine (${sizes} GB), got ${gpuMemoryGb}: it could never start`,
    );
  }
  return misfits;
}
