import { z } from 'zod';

/**
 * Metadata of a probe file (safetensors, `__metadata__.probe` as JSON). Tensors, float32 or float64, by name:
 *
 * slice.teacher_states_NBTH, slice.student_states_SBTH, slice.attention_mask_BT (absent where none),
 * transform.weight_HH, transform.bias_H   (x -> x Wᵀ + b),
 * gates.head_layer_S, gates.mlp_S         (absent where the gates do not exist yet),
 * slice.loss, slice.weights_kS, slice.distances_kS, slice.scores_kS (attention only),
 * step.loss, step.weights_kS, step.distances_kS (NaN where not computed), step.scores_kS.
 */
export const probeMetadataSchema = z.strictObject({
  schemaVersion: z.literal(1),
  step: z.int().min(0),
  epoch: z.int().min(0),
  strategyName: z.string(),
  /** The specification that the module was emitted from, as in its header. */
  strategy: z.unknown(),
  moduleSha256: z.string(),
  /** Type in which the states reached the module, which tolerances follow. */
  statesDtype: z.enum(['float64', 'float32', 'bfloat16', 'float16']),
  /** Type in which the transformation was computed. */
  computeDtype: z.enum(['float64', 'float32', 'bfloat16', 'float16']),
  tf32: z.boolean(),
  device: z.enum(['cpu', 'cuda']),
  seed: z.int().min(0),
  drawnLayers: z.array(z.int()),
  redrawIndex: z.int(),
  expectedLayers: z.number().nullable(),
  layerImportance: z.array(z.number()).nullable(),
  /** Whether the step computed its alignment anew or kept an earlier one. */
  realigned: z.boolean(),
});

export type ProbeMetadata = z.infer<typeof probeMetadataSchema>;
