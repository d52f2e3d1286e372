import { drawLayers, type LayerStrategy } from '../strategy/reference/index.ts';
import { redrawIndexAt } from '../strategy/reference/schedule.ts';
import { windows } from '../strategy/reference/selection.ts';
import type { ComposedStrategy } from '../strategy/specification/strategy.ts';
import { uniformLayers } from '../strategy/uniform-layers.ts';
import type { ProbeMetadata } from '../wire/probe.ts';
import type { Difference } from './difference.ts';

/** Whether the recorded teacher layers are the ones that the strategy draws there. */
export function checkDraw(strategy: LayerStrategy, metadata: ProbeMetadata, teacherLayers: number): Difference | null {
  if (strategy.kind === 'published') return checkPublishedDraw(strategy.version, metadata.drawnLayers);
  const redrawIndex = redrawIndexAt(strategy.schedule.redraw, metadata.step, metadata.epoch);
  if (metadata.redrawIndex !== redrawIndex) {
    const explanation = 'the draw is not the one that the schedule asks for at this step';
    return {
      what: 'redrawIndex',
      index: [],
      recorded: metadata.redrawIndex,
      expected: redrawIndex,
      tolerance: 0,
      explanation,
    };
  }
  return compareLists(metadata.drawnLayers, expectedDraw(strategy, metadata, teacherLayers));
}

function expectedDraw(strategy: ComposedStrategy, metadata: ProbeMetadata, teacherLayers: number): readonly number[] {
  // k followed the expected layers of the step of the last redraw; at other steps only the form of the list can be told.
  if (strategy.selection.kind === 'expected-sparsity' && !redrawsAt(strategy, metadata.step)) {
    return uniformLayers(teacherLayers, metadata.drawnLayers.length);
  }
  return drawLayers(strategy.selection, { ...metadata, teacherLayers });
}

function redrawsAt({ schedule: { redraw } }: ComposedStrategy, step: number): boolean {
  return redraw.kind === 'steps' ? step % redraw.every === 0 : step === 0;
}

// Drawn from Python's global generator, whose state no probe records: only what any draw must satisfy.
function checkPublishedDraw(version: number, drawn: readonly number[]): Difference | null {
  if (version < 5) return compareLists(drawn, [2, 5, 8, 11]);
  const ranges = version === 6 ? windows(12, 4) : windows(12, 1).flatMap((all) => [all, all, all, all]);
  for (const [row, [from, to]] of ranges.entries()) {
    const layer = drawn[row] ?? Number.NaN;
    const least = row === 0 ? Math.max(2, from) : from;
    if (layer >= least && layer < to) continue;
    const explanation = `expected a teacher layer from ${least} to ${to - 1} in row ${row}`;
    return { what: 'drawnLayers', index: [row], recorded: layer, expected: least, tolerance: 0, explanation };
  }
  return drawn.length === 4 ? null : compareLists([drawn.length], [4]);
}

function compareLists(recorded: readonly number[], expected: readonly number[]): Difference | null {
  const row = Array.from({ length: Math.max(recorded.length, expected.length) }, (_, index) => index).find(
    (index) => recorded[index] !== expected[index],
  );
  if (row === undefined) return null;
  return {
    what: 'drawnLayers',
    index: [row],
    recorded: recorded[row] ?? Number.NaN,
    expected: expected[row] ?? Number.NaN,
    tolerance: 0,
    explanation: `drawn [${recorded.join(', ')}]; expected [${expected.join(', ')}]`,
  };
}
