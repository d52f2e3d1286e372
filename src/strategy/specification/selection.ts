import { z } from 'zod';

const layerCount = z.int().min(1).max(64);
const layerIndex = z.int().min(0).max(63);

/** Smallest value that the first drawn teacher layer is raised to; the published code raises it to 2. */
const firstLayerFloor = z.union([z.literal('none'), layerIndex]);

/** Which teacher layers are distilled. Layer indices are 0-based over the encoder's layer outputs. */
export const selectionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('fixed'), layers: z.array(layerIndex).min(1) }),
  z.strictObject({ kind: z.literal('uniform'), k: layerCount }),
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({ kind: z.literal('last'), k: layerCount }),
  z.strictObject({ kind: z.literal('first'), k: layerCount }),
  z.strictObject({ kind: z.literal('random'), k: layerCount, firstLayerFloor }),
  z.strictObject({ kind: z.literal('window'), k: layerCount, firstLayerFloor }),
  z.strictObject({ kind: z.literal('random-plus-last'), k: layerCount }),
  z.strictObject({ kind: z.literal('cyclic-windows'), k: layerCount }),
  z.strictObject({ kind: z.literal('expected-sparsity'), minLayers: layerCount }),
  z.strictObject({
    kind: z.literal('by-task'),
    k: layerCount,
    importance: z.enum(['probe-accuracy', 'cka-drop']),
  }),
]);

export type Selection = z.infer<typeof selectionSchema>;
