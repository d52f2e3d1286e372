import { type Lease, loadsOf } from '../executor/leases.ts';
import type { Context, Stage } from './context.ts';
import { activeDevices, devicesInUse, keptFromIt, obstacle, requestFor } from './placement.ts';

/** For people: what stands in the way of a stage on each device. */
export function whyNoDevice(context: Context, stage: Stage, held: readonly Lease[]): string {
  const request = requestFor(context, stage);
  const what = request.count === 1 ? 'a device' : `${request.count} devices at once`;
  const limit = limitInTheWay(context, request.count);
  if (limit !== undefined) return request.count === 1 ? limit : `${what}: ${limit}`;
  const kept = keptFromIt(context, stage);
  const loadOf = loadsOf(held);
  const obstacles = context.devices.flatMap((device): string[] => {
    if (context.drained.has(device.label)) return [`${device.label} drained`];
    if (kept?.has(device.id)) return [`${device.label} kept for ${context.reservation?.stage.spec.label}`];
    const why = obstacle(request, device, loadOf(device.id), context.gpuMemory);
    return why === undefined ? [] : [`${device.label} ${why}`];
  });
  const shown = obstacles.slice(0, shownObstacles);
  const more = obstacles.length > shown.length ? [`${obstacles.length - shown.length} more`] : [];
  return shown.length === 0 ? what : `${what}: ${[...shown, ...more].join('; ')}`;
}

const shownObstacles = 4;

/** A limit of as many devices as there are stands in nobody's way: these do. */
function limitInTheWay(context: Context, count: number): string | undefined {
  const { slots } = context;
  if (slots >= activeDevices(context).length || devicesInUse(context).size + count <= slots) return undefined;
  return `the sweep's limit of ${slots === 1 ? '1 slot' : `${slots} slots`}`;
}
