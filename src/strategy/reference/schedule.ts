import type { Schedule } from '../specification/terms.ts';
import { LayerLossError, type LayerLossState } from './types.ts';

/** Index of the draw that holds at a 0-based optimizer step and epoch. */
export function redrawIndexAt(redraw: Schedule['redraw'], step: number, epoch: number | null): number {
  switch (redraw.kind) {
    case 'steps':
      return Math.floor(step / redraw.every);
    case 'epoch':
      if (epoch === null) throw new LayerLossError('This strategy needs the epoch, which was not given');
      return epoch;
    case 'once':
      return 0;
    default:
      redraw satisfies never;
      throw new Error('unreachable redraw kind');
  }
}

/** Whether the kept alignment no longer serves at this step. */
export function mustRealign(
  schedule: Schedule,
  state: LayerLossState,
  now: { readonly step: number; readonly drawnLayers: readonly number[]; readonly alive: readonly boolean[] },
): boolean {
  if (state.weights === null) return true;
  if (now.drawnLayers.join() !== state.drawnLayers.join()) return true;
  if (now.step - state.alignedStep >= schedule.realignEverySteps) return true;
  return state.weights.some((row) => row.some((weight, j) => weight !== 0 && now.alive[j] !== true));
}
