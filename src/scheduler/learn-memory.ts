import { attemptPaths } from '../store/paths.ts';
import type { Context, Stage } from './context.ts';
import { requestFor } from './placement.ts';

/** Out of memory with so much, a stage of its kind is given more the next time. */
const growth = 1.5;

/** From a stage that ended well: what it was seen to hold of a GPU, or says itself. */
export function learnMemory(context: Context, { spec, dir }: Stage, attempt: number): void {
  if (context.devices[0]?.kind !== 'cuda') return;
  const seen = context.gpuMemory.peakOf(attemptPaths(dir, attempt).dir);
  const said = spec.peakMemoryMiB(dir);
  if (seen !== undefined || said !== undefined) learn(context, spec.kind, Math.max(seen ?? 0, said ?? 0));
}

/** From a stage that shared its GPU and ran out: stages of its kind need more than it was given. */
export function learnFromOutOfMemory(context: Context, stage: Stage): void {
  const { share, memoryMiB } = requestFor(context, stage);
  if (context.devices[0]?.kind !== 'cuda' || share === 1) return;
  const whole = context.devices.reduce((most, device) => Math.max(most, device.memoryMiB), 0);
  const given = memoryMiB ?? share * whole;
  learn(context, stage.spec.kind, Math.min(whole, given * growth));
}

function learn({ gpuMemory, journal }: Context, kind: Stage['spec']['kind'], memoryMiB: number): void {
  if (gpuMemory.learn(kind, Math.ceil(memoryMiB))) {
    journal.append({ event: 'memory-learned', kind, memoryMiB: Math.ceil(memoryMiB) });
  }
}
