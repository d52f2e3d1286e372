import type { Device } from '../executor/devices.ts';
import type { Choose } from '../executor/leases.ts';

/** Which devices one attempt asks for: `count` of them, a `share` of each. */
export type DeviceRequest = { readonly count: number; readonly share: number };

/** Rounding of 1/3 + 1/3 + 1/3. */
const tolerance = 1e-6;

export function requestOf(
  spec: { gpus: number; runsPerGpu: number },
  devices: readonly Device[],
  alone: boolean,
): DeviceRequest {
  const kind = devices[0]?.kind ?? 'cpu';
  // Slots of a CPU share its memory, so only all of them are "alone".
  if (kind === 'cpu') return { count: alone ? devices.length : 1, share: 1 };
  return { count: spec.gpus, share: alone ? 1 : 1 / spec.runsPerGpu };
}

/** The emptiest devices that have room, or undefined. */
export function chooseDevices(request: DeviceRequest, usable: readonly Device[]): Choose {
  return (freeShareOf) => {
    const roomy = usable
      .map((device) => ({ id: device.id, free: freeShareOf(device.id) }))
      .filter(({ free }) => free >= request.share - tolerance)
      .sort((a, b) => b.free - a.free);
    return roomy.length >= request.count ? roomy.slice(0, request.count).map(({ id }) => id) : undefined;
  };
}
