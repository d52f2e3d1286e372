import type { Structure } from '../leaderboard/records.ts';
import type { MeanStructure } from './data.ts';

/** Mean of what is left of each layer over the seeds of an arm; null where no run has an outcome. */
export function meanStructure(structures: readonly Structure[]): MeanStructure | null {
  const [first] = structures;
  if (!first) return null;
  const meanBy = (pick: (structure: Structure) => readonly number[]) =>
    pick(first).map((_, layer) =>
      rounded(structures.reduce((sum, one) => sum + (pick(one)[layer] ?? 0), 0) / structures.length),
    );
  return {
    heads: meanBy(({ headsPerLayer, attentionLayers }) =>
      headsPerLayer.map((heads, layer) => heads * (attentionLayers[layer] ?? 1)),
    ),
    intermediate: meanBy(({ intermediatePerLayer, feedForwardLayers }) =>
      intermediatePerLayer.map((size, layer) => size * (feedForwardLayers[layer] ?? 1)),
    ),
    attention: meanBy(({ attentionLayers }) => attentionLayers),
    feedForward: meanBy(({ feedForwardLayers }) => feedForwardLayers),
    hidden: rounded(structures.reduce((sum, { hiddenSize }) => sum + hiddenSize, 0) / structures.length),
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
