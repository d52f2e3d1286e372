import { catalogue } from './catalogue.ts';
import type { ComposedStrategy, Strategy } from './specification/strategy.ts';
import { uniformLayers } from './uniform-layers.ts';

export type ModelDepths = {
  /** As the user wrote it; stands in every message. */
  readonly name: string;
  readonly teacherLayers: number;
  readonly studentLayers: number;
};

/**
 * Why a strategy cannot work between a teacher and a student of these depths: one sentence for each fault, none where it can.
 * The list is docs/strategies.md, "Refusals", as far as it is known before training.
 */
export function validateStrategy(strategy: Strategy, depths: ModelDepths): readonly string[] {
  switch (strategy.kind) {
    case 'none':
      return [];
    case 'published':
      return publishedErrors(strategy.version, depths);
    case 'composed':
      return [
        ...selectionErrors(strategy, depths),
        ...depthErrors(strategy, depths),
        ...scheduleErrors(strategy, depths.name),
      ];
    default:
      strategy satisfies never;
      throw new Error('unreachable strategy kind');
  }
}

function publishedErrors(version: number, { name, teacherLayers, studentLayers }: ModelDepths): string[] {
  if (teacherLayers === 12 && studentLayers === 12) return [];
  return [
    `Strategy "${name}" is the published code, which works with 12 teacher and 12 student layers only; ` +
      `got ${teacherLayers} and ${studentLayers}. For this depth take v${version}`,
  ];
}

function selectionErrors({ selection }: ComposedStrategy, { name, teacherLayers }: ModelDepths): string[] {
  const errors: string[] = [];
  if (selection.kind === 'fixed') {
    const absent = [...new Set(selection.layers.filter((layer) => layer >= teacherLayers))];
    if (absent.length > 0) errors.push(absentLayers(name, absent, selection.layers.length, teacherLayers));
  }
  if ('k' in selection && selection.k > teacherLayers) {
    errors.push(
      `Strategy "${name}" selects ${selection.k} teacher layers, but the teacher has ${teacherLayers}. ` +
        `What fits: k from 1 to ${teacherLayers}`,
    );
  }
  if (
    'firstLayerFloor' in selection &&
    selection.firstLayerFloor !== 'none' &&
    selection.firstLayerFloor >= teacherLayers
  ) {
    errors.push(
      `Strategy "${name}" raises its first layer to ${selection.firstLayerFloor}, but the teacher's layers are 0 to ${teacherLayers - 1}. ` +
        `What fits: firstLayerFloor none, or at most ${teacherLayers - 1}`,
    );
  }
  return errors;
}

function absentLayers(name: string, absent: readonly number[], count: number, teacherLayers: number): string {
  const k = Math.min(count, teacherLayers);
  const named = catalogue.some((entry) => entry.name === `uniform-${k}`) ? ` (uniform-${k})` : '';
  return (
    `Strategy "${name}" selects teacher ${absent.length === 1 ? 'layer' : 'layers'} ${absent.join(', ')}, but the teacher has ` +
    `${teacherLayers}, numbered 0 to ${teacherLayers - 1}. What fits: ${uniformLayers(teacherLayers, k).join(', ')}${named}`
  );
}

function depthErrors({ alignment }: ComposedStrategy, { name, teacherLayers, studentLayers }: ModelDepths): string[] {
  const { kind } = alignment;
  if (teacherLayers === studentLayers) return [];
  if (kind !== 'identity' && kind !== 'nearest-surviving' && kind !== 'reverse') return [];
  return [
    `Strategy "${name}" aligns by layer number (${kind}), which needs as many student layers as teacher layers; ` +
      `got ${teacherLayers} teacher and ${studentLayers} student layers. What fits: an alignment by distance, such as ordered-greedy`,
  ];
}

function scheduleErrors({ alignment, schedule }: ComposedStrategy, name: string): string[] {
  const errors: string[] = [];
  const { redraw, realignEverySteps } = schedule;
  if (redraw.kind === 'steps' && realignEverySteps > redraw.every) {
    errors.push(
      `Strategy "${name}" keeps an alignment for ${realignEverySteps} steps, but draws new layers every ${redraw.every}. ` +
        `What fits: realignEverySteps of at most ${redraw.every}`,
    );
  }
  if ('gradientThroughWeights' in alignment && alignment.gradientThroughWeights && realignEverySteps > 1) {
    errors.push(
      `Strategy "${name}" lets gradient flow through weights that it keeps for ${realignEverySteps} steps. ` +
        'What fits: realignEverySteps 1, or gradientThroughWeights false',
    );
  }
  return errors;
}
