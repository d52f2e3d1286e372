import type { Evaluation, LoggedAlignment, UpstreamRun } from '../upstream/upstream-run.ts';
import { clear, type Finding, hit, unknown } from './finding.ts';

export const alignedToPruned = 'aligned-to-pruned-layer';
const id = alignedToPruned;
const title = 'teacher layers are matched to student layers that are off';

/** Holds each logged alignment against the sublayers alive at the last evaluation before it. */
export function alignmentFinding(run: UpstreamRun): Finding {
  const judged = run.alignments.flatMap((alignment) => {
    const evaluation = lastBefore(run.evaluations, alignment);
    return evaluation === undefined ? [] : [judge(alignment, evaluation)];
  });
  if (judged.length === 0) {
    return unknown(id, title, 'the log has no alignment with an earlier evaluation that lists the layers');
  }
  const pairs = sum(judged.map((j) => j.pairs));
  const headOff = sum(judged.map((j) => j.headOff));
  const bothOff = sum(judged.map((j) => j.bothOff));
  const evidence =
    `of ${pairs} pairs in ${judged.length} logged alignments ${headOff} point at a layer without attention, ` +
    `${bothOff} at one without attention and feed-forward`;
  if (headOff === 0) return clear(id, title, evidence);
  const version = run.alignments[0]?.version;
  return hit(
    id,
    title,
    evidence,
    version === 3
      ? 'Version 3 searches all layers, pruned ones included.'
      : 'The mask of existing layers is applied in the order of distances instead of layers.',
  );
}

function lastBefore(evaluations: readonly Evaluation[], alignment: LoggedAlignment): Evaluation | undefined {
  return evaluations.findLast(
    (e) => e.headLayers !== undefined && e.mlpLayers !== undefined && e.line < alignment.line,
  );
}

function judge(alignment: LoggedAlignment, evaluation: Evaluation) {
  const off = (layers: readonly number[] | undefined, layer: number) => layers?.[layer] === 0;
  const headOff = alignment.studentLayers.filter((layer) => off(evaluation.headLayers, layer));
  const bothOff = headOff.filter((layer) => off(evaluation.mlpLayers, layer));
  return { pairs: alignment.studentLayers.length, headOff: headOff.length, bothOff: bothOff.length };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
