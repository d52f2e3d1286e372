import { type HeldLease, loadsOf } from '../executor/leases.ts';
import type { Wanted } from '../executor/turns.ts';
import { lastAttempt } from '../store/claim.ts';
import { type Context, move, type Stage } from './context.ts';
import { lookAtHost } from './others.ts';
import { activeDevices, chooseDevices, obstacle, requestFor, roomFor } from './placement.ts';
import { whyNoDevice } from './why-no-device.ts';

type Start = (stage: Stage, attempt: number, leases: readonly HeldLease[]) => Promise<void>;

/** After so many starts of later stages, devices are kept free for one that did not fit. */
const passesBeforeReservation = 8;
const tableBusyRetryMs = 5;
const deviceRetryMs = 250;

/** `none-free`: what is in the way is not ours alone; `nothing-fits`: it is, so that its end wakes us. */
type Outcome =
  | { readonly kind: 'started' | 'busy' | 'nothing-fits' }
  /** `refused`: the first stage that would start but for what other sweeps hold. */
  | { readonly kind: 'none-free'; readonly refused: Stage | undefined };

/** Starts whatever ready stage fits now, the least rank first. */
export function startNext(context: Context, start: Start): void {
  while (context.stopReason === undefined && !context.paused) {
    const outcome = startOne(context, start);
    if (outcome.kind === 'started') continue;
    if (outcome.kind === 'busy') {
      context.pumpLater(tableBusyRetryMs);
      return;
    }
    // Nothing of ours will wake us when others let go; they may have done so just now.
    if (outcome.kind === 'none-free') context.pumpLater(deviceRetryMs);
    const refused = outcome.kind === 'none-free' ? outcome.refused : undefined;
    context.leases.wait(refused && wantedBy(context, refused));
    if (refused) sayWait(context, refused);
    return;
  }
  context.leases.wait(undefined);
}

/** What it could start on, were nothing held but by this sweep. */
function wantedBy(context: Context, stage: Stage): Wanted {
  const request = requestFor(context, stage);
  const loadOf = loadsOf(context.leases.own());
  const devices = roomFor(context, stage).devices.filter(
    (device) => obstacle(request, device, loadOf(device.id), context.gpuMemory) === undefined,
  );
  return { devices: devices.map(({ id }) => id), count: request.count };
}

/** Once of each set of sweeps that are in the way. */
function sayWait(context: Context, stage: Stage): void {
  const host = lookAtHost(context);
  const others = context.devices.flatMap(({ id }) => host.others.get(id) ?? []);
  const cause = [...new Set(others)].sort().join();
  if (cause === '' || context.saidWaits.has(cause)) return;
  context.saidWaits.add(cause);
  context.onEvent({ kind: 'device-wait', spec: stage.spec, waitsFor: whyNoDevice(context, stage, host) });
}

function startOne(context: Context, start: Start): Outcome {
  const passed: Stage[] = [];
  let refused: Stage | undefined;
  const own = context.leases.own();
  const ownLoadOf = loadsOf(own);
  let othersInTheWay = own.length === 0;
  for (const spec of context.ready.heads()) {
    const stage = context.stages.get(spec.key);
    if (!stage) continue;
    const request = requestFor(context, stage);
    const choose = chooseDevices(request, roomFor(context, stage), context.gpuMemory);
    // The table is a lock and files: it is not asked while our own leases leave no room anyway.
    if (choose(ownLoadOf) === undefined) {
      passed.push(stage);
      continue;
    }
    const last = lastAttempt(stage.dir);
    const latest = last.kind === 'none' ? 0 : last.attempt;
    if (latest !== stage.seenAttempt) {
      // Another sweep was quicker, and may have finished it meanwhile.
      context.ready.remove(spec);
      context.lookAt(stage);
      return { kind: 'started' };
    }
    const attempt = latest + 1;
    const leases = context.leases.take({ share: request.share, stageDir: stage.dir, attempt }, choose);
    if (leases === 'busy') return { kind: 'busy' };
    if (leases !== 'none-free') {
      begin(context, stage, attempt, leases, start);
      for (const other of passed) passOver(context, other);
      return { kind: 'started' };
    }
    refused ??= stage;
    othersInTheWay = true;
    passed.push(stage);
  }
  return othersInTheWay && passed.length > 0 ? { kind: 'none-free', refused } : { kind: 'nothing-fits' };
}

function begin(context: Context, stage: Stage, attempt: number, leases: readonly HeldLease[], start: Start): void {
  context.ready.remove(stage.spec);
  if (context.reservation?.stage === stage) context.reservation = undefined;
  move(stage, { kind: 'started', attempt });
  // Only then does the queue count it as done.
  void context.queue.add(() => start(stage, attempt, leases)).finally(() => context.pump());
}

/** A large stage is not starved by small ones: devices that come free are kept for it. */
function passOver(context: Context, stage: Stage): void {
  stage.passedOver += 1;
  if (stage.passedOver < passesBeforeReservation || context.reservation) return;
  const { count } = requestFor(context, stage);
  // Nothing is kept for what could not start on all of them.
  if (count > context.slots) return;
  const loadOf = loadsOf(context.leases.list());
  const devices = activeDevices(context)
    .map(({ id }) => id)
    .sort((a, b) => loadOf(a).share - loadOf(b).share)
    .slice(0, count);
  if (devices.length === count) context.reservation = { stage, devices: new Set(devices) };
}
