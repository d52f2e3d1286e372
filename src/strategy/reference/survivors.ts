import type { Survivors } from '../specification/terms.ts';
import type { Numbers } from './types.ts';

/** Student layers that may be matched: [S]. A gate that is absent counts as on everywhere. */
export function aliveLayers(
  survivors: Survivors,
  studentLayers: number,
  gates: { readonly headLayerZ: Numbers | null; readonly mlpZ: Numbers | null },
): boolean[] {
  const head = (layer: number) => gates.headLayerZ === null || gates.headLayerZ[layer] !== 0;
  const mlp = (layer: number) => gates.mlpZ === null || gates.mlpZ[layer] !== 0;
  const layers = Array.from({ length: studentLayers }, (_, layer) => layer);
  switch (survivors) {
    case 'all':
      return layers.map(() => true);
    case 'head':
      return layers.map(head);
    case 'mlp':
      return layers.map(mlp);
    case 'head-or-mlp':
      return layers.map((layer) => head(layer) || mlp(layer));
    default:
      survivors satisfies never;
      throw new Error('unreachable survivors');
  }
}
