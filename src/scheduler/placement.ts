import type { Device } from '../executor/devices.ts';
import type { Choose, Load } from '../executor/leases.ts';
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

/** Where one stage may be started now. */
export type Room = {
  /** Those not drained, not kept for another stage, and within the sweep's limit. */
  readonly devices: readonly Device[];
  /** Devices that the sweep's stages hold already: another run on one of them counts nothing. */
  readonly inUse: ReadonlySet<string>;
  /** So many further ones may be taken. */
  readonly more: number;
};

/** What a stage asks for now, by what earlier attempts have taught. */
export function requestFor(context: Context, { spec, memory }: Stage): DeviceRequest {
  return requestOf(spec, context, memory.adjustment.aloneOnDevice);
}

export function roomFor(context: Context, stage: Stage): Room {
  const kept = keptFromIt(context, stage);
  const inUse = devicesInUse(context);
  const counted = kept ? new Set([...inUse, ...kept]) : inUse;
  const more = context.slots - counted.size;
  // Above its limit, which was lowered, a sweep starts nothing on what it holds either.
  const devices = activeDevices(context).filter(
    ({ id }) => !kept?.has(id) && (more > 0 || (more === 0 && inUse.has(id))),
  );
  return { devices, inUse, more };
}

/** The devices that the sweep's own attempts hold, those it adopted among them. */
export function devicesInUse({ leases, adopted }: Context): Set<string> {
  return new Set([...leases.own().map(({ device }) => device), ...[...adopted.values()].flat()]);
}

/** Devices kept for a larger stage. What has stopped being ready gets nothing, so nothing is kept for it. */
export function keptFromIt({ reservation, ready }: Context, stage: Stage): ReadonlySet<string> | undefined {
  return reservation && reservation.stage !== stage && ready.has(reservation.stage.spec)
    ? reservation.devices
    : undefined;
}

export function activeDevices({ devices, drained }: Context): readonly Device[] {
  return drained.size === 0 ? devices : devices.filter(({ label }) => !drained.has(label));
}

function requestOf(
  spec: Pick<StageSpec, 'gpus' | 'runsPerGpu' | 'memoryMiB' | 'kind'>,
  context: Context,
  alone: boolean,
): DeviceRequest {
  const { slots, gpuMemory: memory } = context;
  const devices = activeDevices(context);
  const kind = devices[0]?.kind ?? 'cpu';
  // Slots of a CPU share its memory, so only as many as the sweep may have are "alone".
  if (kind === 'cpu')
    return { count: alone ? Math.max(1, Math.min(slots, devices.length)) : 1, share: 1, memoryMiB: 0 };
  if (alone) return { count: spec.gpus, share: 1, memoryMiB: null };
  const need = memory.needOf(spec);
  // What was learned with a reserve may exceed the largest GPU, which must do.
  const largest = devices.reduce((most, { memoryMiB }) => Math.max(most, memoryMiB), 0);
  return { count: spec.gpus, share: 1 / spec.runsPerGpu, memoryMiB: need === null ? null : Math.min(need, largest) };
}

/** The emptiest devices that have room, or undefined. */
export function chooseDevices(request: DeviceRequest, { devices, inUse, more }: Room, memory: GpuMemory): Choose {
  return (loadOf) => {
    const roomy = devices
      .map((device) => ({ device, load: loadOf(device.id) }))
      .filter(({ device, load }) => obstacle(request, device, load, memory) === undefined)
      .sort((a, b) => a.load.share - b.load.share);
    let further = more;
    const chosen = roomy.filter(({ device }) => inUse.has(device.id) || further-- > 0).slice(0, request.count);
    if (chosen.length < request.count) return undefined;
    return chosen.map(({ device }) => ({ device: device.id, memoryMiB: memoryOn(request, device, memory) }));
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
