import type { Context, Stage } from './context.ts';
import { type HostLook, nameOf } from './others.ts';
import { activeDevices, devicesInUse, keptFromIt, obstacle, requestFor } from './placement.ts';

/** For people: what stands in the way of a stage on each device. */
export function whyNoDevice(context: Context, stage: Stage, { loadOf, others, turns }: HostLook): string {
  const request = requestFor(context, stage);
  const what = request.count === 1 ? 'a device' : `${request.count} devices at once`;
  const limit = limitInTheWay(context, request.count);
  if (limit !== undefined) return request.count === 1 ? limit : `${what}: ${limit}`;
  const kept = keptFromIt(context, stage);
  const own = devicesInUse(context);
  const obstacles = context.devices.flatMap((device): string[] => {
    if (context.drained.has(device.label)) return [`${device.label} drained`];
    if (kept?.has(device.id)) return [`${device.label} kept for ${context.reservation?.stage.spec.label}`];
    const why = obstacle(request, device, loadOf(device.id), context.gpuMemory);
    if (why !== undefined) return [`${device.label} ${why}${holders(others.get(device.id), own.has(device.id))}`];
    const whose = turns.get(device.id);
    return whose ? [`${device.label} left to ${nameOf(whose)}, which has waited longer`] : [];
  });
  const shown = obstacles.slice(0, shownObstacles);
  const more = obstacles.length > shown.length ? [`${obstacles.length - shown.length} more`] : [];
  return shown.length === 0 ? what : `${what}: ${[...shown, ...more].join('; ')}`;
}

const shownObstacles = 4;

function holders(others: readonly string[] | undefined, areOursToo: boolean): string {
  return others === undefined ? '' : ` (${areOursToo ? 'also ' : ''}${others.join('; ')})`;
}

/** A limit of as many devices as there are stands in nobody's way: these do. */
function limitInTheWay(context: Context, count: number): string | undefined {
  const { slots } = context;
  if (slots >= activeDevices(context).length || devicesInUse(context).size + count <= slots) return undefined;
  return `the sweep's limit of ${slots === 1 ? '1 slot' : `${slots} slots`}`;
}
