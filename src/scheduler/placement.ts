import type { Device } from '../executor/devices.ts';
import { type Choose, type Lease, type Load, loadOf } from '../executor/leases.ts';
import type { Context, Stage } from './context.ts';
import type { GpuMemory } from './gpu-memory.ts';
import type { StageSpec } from './stage-spec.ts';

/** Which devices one attempt asks for: `count` of them, a `share` of each, and so much of the memory of each. */
export type DeviceRequest = {
  readonly count: number;
  readonly share: number;
  /** null: not known, so that it takes its share of the memory too. */
  readonly memoryMiB: number | null;
};

/** Rounding of 1/3 + 1/3 + 1/3. */
const tolerance = 1e-6;
/** What others may hold of a GPU (a display, say) that still counts as free for a run of unknown size. */
const foreignTolerance = 0.1;

/** What a stage asks for now, by what earlier attempts have taught. */
export function requestFor(context: Context, { spec, memory }: Stage): DeviceRequest {
  return requestOf(spec, activeDevices(context), memory.adjustment.aloneOnDevice, context.gpuMemory);
}

/** The devices on which a stage may be started: those in use that are not kept for another. */
export function usableDevices(context: Context, stage: Stage): Device[] {
  const { reservation } = context;
  // What has stopped being ready gets nothing, so nothing is kept for it.
  const kept = reservation && reservation.stage !== stage && context.ready.has(reservation.stage.spec);
  return activeDevices(context).filter(({ id }) => !(kept && reservation.devices.has(id)));
}

function activeDevices({ devices, slots, drained }: Context): Device[] {
  return devices.slice(0, slots).filter(({ label }) => !drained.has(label));
}

function requestOf(
  spec: Pick<StageSpec, 'gpus' | 'runsPerGpu' | 'memoryMiB' | 'kind'>,
  devices: readonly Device[],
  alone: boolean,
  memory: GpuMemory,
): DeviceRequest {
  const kind = devices[0]?.kind ?? 'cpu';
  // Slots of a CPU share its memory, so only all of them are "alone".
  if (kind === 'cpu') return { count: alone ? Math.max(1, devices.length) : 1, share: 1, memoryMiB: 0 };
  if (alone) return { count: spec.gpus, share: 1, memoryMiB: null };
  const need = memory.needOf(spec);
  // What was learned with a reserve may exceed the largest GPU, which must do.
  const largest = devices.reduce((most, { memoryMiB }) => Math.max(most, memoryMiB), 0);
  return { count: spec.gpus, share: 1 / spec.runsPerGpu, memoryMiB: need === null ? null : Math.min(need, largest) };
}

/** The emptiest devices that have room, or undefined. */
export function chooseDevices(request: DeviceRequest, usable: readonly Device[], memory: GpuMemory): Choose {
  return (loadOf) => {
    const roomy = usable
      .map((device) => ({ device, load: loadOf(device.id) }))
      .filter(({ device, load }) => obstacle(request, device, load, memory) === undefined)
      .sort((a, b) => a.load.share - b.load.share);
    if (roomy.length < request.count) return undefined;
    return roomy
      .slice(0, request.count)
      .map(({ device }) => ({ device: device.id, memoryMiB: memoryOn(request, device, memory) }));
  };
}

/** Why a request does not fit a device now; undefined where it does. */
export function obstacle(request: DeviceRequest, device: Device, load: Load, memory: GpuMemory): string | undefined {
  if (load.share + request.share > 1 + tolerance) return `busy with ${load.runs === 1 ? 'a run' : `${load.runs} runs`}`;
  if (device.kind === 'cpu' || device.memoryMiB === 0) return undefined;
  const foreign = memory.foreignMiB(device.id);
  const free = device.memoryMiB - load.memoryMiB - foreign;
  const need = memoryOn(request, device, memory);
  if (need <= free + tolerance) return undefined;
  const others = foreign > 0 ? `, ${gigabytes(foreign)} held by others` : '';
  return `${gigabytes(Math.max(0, free))} of ${gigabytes(device.memoryMiB)} free${others}, ${gigabytes(need)} needed`;
}

function memoryOn({ share, memoryMiB }: DeviceRequest, device: Device, memory: GpuMemory): number {
  if (device.kind === 'cpu') return 0;
  if (memoryMiB !== null) return memoryMiB;
  const tolerated = Math.min(memory.foreignMiB(device.id), device.memoryMiB * foreignTolerance);
  return share * (device.memoryMiB - tolerated);
}

function gigabytes(mib: number): string {
  return `${(mib / 1024).toFixed(1)} GB`;
}

/** For people: what stands in the way on each device. */
export function whyNoDevice(context: Context, stage: Stage, held: readonly Lease[]): string {
  const request = requestFor(context, stage);
  const usable = new Set(usableDevices(context, stage));
  const obstacles = context.devices.flatMap((device, index): string[] => {
    if (index >= context.slots) return [];
    if (context.drained.has(device.label)) return [`${device.label} drained`];
    if (!usable.has(device)) return [`${device.label} kept for ${context.reservation?.stage.spec.label}`];
    const why = obstacle(request, device, loadOf(held, device.id), context.gpuMemory);
    return why === undefined ? [] : [`${device.label} ${why}`];
  });
  const what = request.count === 1 ? 'a device' : `${request.count} devices at once`;
  const shown = obstacles.slice(0, shownObstacles);
  const more = obstacles.length > shown.length ? [`${obstacles.length - shown.length} more`] : [];
  return shown.length === 0 ? what : `${what}: ${[...shown, ...more].join('; ')}`;
}

const shownObstacles = 4;
