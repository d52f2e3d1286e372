import { availableParallelism } from 'node:os';
import { type Gpu, listGpus } from './nvidia-smi.ts';

export type Device = {
  /** UUID of a GPU or MIG instance, or `cpu-<slot>`; leased host-wide under this name. */
  readonly id: string;
  /** What people call it: `gpu:1`, `cpu:0`. */
  readonly label: string;
  readonly kind: 'cpu' | 'cuda';
  readonly name: string;
  readonly memoryMiB: number;
};

export type DeviceOptions = {
  readonly kind: 'cpu' | 'cuda';
  /** At least so many CPU slots, though the cores have room for fewer stages of so many threads. */
  readonly slots?: number | undefined;
  readonly threads: number;
  readonly env: NodeJS.ProcessEnv;
};

/** The devices that a sweep may use: visible GPUs, or CPU slots. */
export async function findDevices(options: DeviceOptions): Promise<Device[]> {
  return options.kind === 'cuda'
    ? visibleGpus(await listGpus(options.env), options.env.CUDA_VISIBLE_DEVICES).map(gpuDevice)
    : cpuSlots(Math.max(1, options.slots ?? 1, Math.floor(availableParallelism() / options.threads)));
}

export function cpuSlots(count: number): Device[] {
  return Array.from({ length: count }, (_, slot) => ({
    id: `cpu-${slot}`,
    label: `cpu:${slot}`,
    kind: 'cpu',
    name: 'CPU slot',
    memoryMiB: 0,
  }));
}

/**
 * The GPUs that an inherited CUDA_VISIBLE_DEVICES leaves, in its order: indices, UUIDs or their beginnings;
 * as in CUDA, what follows the first unknown entry is invisible.
 */
export function visibleGpus(gpus: readonly Gpu[], mask: string | undefined): Gpu[] {
  if (mask === undefined) return [...gpus];
  const visible: Gpu[] = [];
  for (const entry of mask.split(',').map((part) => part.trim())) {
    const gpu = /^\d+$/.test(entry)
      ? gpus.find((candidate) => candidate.index === entry)
      : gpus.find((candidate) => entry !== '' && candidate.id.startsWith(entry));
    if (!gpu || visible.includes(gpu)) break;
    visible.push(gpu);
  }
  return visible;
}

function gpuDevice(gpu: Gpu): Device {
  return {
    id: gpu.id,
    label: `gpu:${gpu.index}`,
    kind: 'cuda',
    name: gpu.name,
    memoryMiB: gpu.memoryMiB,
  };
}
