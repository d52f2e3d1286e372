import type { LayerLossInputs } from '../strategy/reference/index.ts';
import { checkDraw } from './check-draw.ts';
import { compareFromDistances, compareWithStates, stateScale } from './compare.ts';
import type { Difference } from './difference.ts';
import { type Probe, readProbe } from './probe.ts';

export type ProbeVerdict = {
  readonly path: string;
  readonly step: number;
  readonly strategyName: string;
  readonly moduleSha256: string;
  readonly agrees: boolean;
  readonly firstDifference?: Difference;
};

/**
 * Holds one probe file against the reference: its draw, its slice recomputed from the states, and its whole step
 * recomputed from the recorded distances.
 *
 * @throws TensorFileError where the file is no readable probe.
 */
export async function checkProbe(path: string): Promise<ProbeVerdict> {
  const probe = await readProbe(path);
  const { step, strategyName, moduleSha256 } = probe.metadata;
  const firstDifference = checkDraw(probe.strategy, probe.metadata, probe.teacherStates.length) ?? checkNumbers(probe);
  const verdict = { path, step, strategyName, moduleSha256 };
  return firstDifference === null ? { ...verdict, agrees: true } : { ...verdict, agrees: false, firstDifference };
}

function checkNumbers(probe: Probe): Difference | null {
  const { strategy, metadata } = probe;
  const { drawnLayers, realigned } = metadata;
  const inputs: LayerLossInputs = { ...probe, ...metadata, globalRandom: null };
  const given = { strategy, arithmetic: metadata, scale: stateScale(strategy, inputs) };
  return (
    named('slice', compareWithStates(given, inputs, { ...probe.slice, drawnLayers, realigned: true })) ??
    named('step', compareFromDistances(given, inputs, { ...probe.wholeStep, drawnLayers, realigned }))
  );
}

function named(part: string, difference: Difference | null): Difference | null {
  return difference === null ? null : { ...difference, what: `${part}.${difference.what}` };
}
