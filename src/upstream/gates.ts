import { execa } from 'execa';
import { z } from 'zod';

const gatesSchema = z.object({
  head_layer_z: z.array(z.int()).optional(),
  mlp_z: z.array(z.int()).optional(),
  head_z: z.array(z.int()).optional(),
  intermediate_z: z.array(z.int()).optional(),
  hidden_z: z.array(z.int()).optional(),
});

export type Gates = z.infer<typeof gatesSchema>;

/** The units that a run's zs.pt leaves, by layer; the reason where it cannot be read. No code in the file is run. */
export async function readGates(file: string, python: string, pythonPath: string): Promise<Gates | string> {
  const read = await execa(python, ['-m', 'layersweep.upstream.read_gates', file], {
    env: { PYTHONPATH: pythonPath },
    reject: false,
  });
  if (read.exitCode !== 0) return read.stderr?.split('\n').at(-1) ?? 'the gates could not be read';
  return gatesSchema.parse(JSON.parse(read.stdout));
}

/** Gates in words. */
export function describeGates(gates: Gates): string {
  const parts = [
    listLayers('attention left in layers', gates.head_layer_z),
    listLayers('feed-forward left in layers', gates.mlp_z),
    gates.head_z === undefined ? undefined : `heads by layer ${gates.head_z.join(' ')}`,
    gates.intermediate_z === undefined
      ? undefined
      : `intermediate dimensions by layer ${gates.intermediate_z.join(' ')}`,
    gates.hidden_z === undefined ? undefined : `hidden dimensions ${gates.hidden_z.join('')}`,
  ];
  return parts.filter((part) => part !== undefined).join('; ');
}

function listLayers(title: string, alive: readonly number[] | undefined): string | undefined {
  if (alive === undefined) return undefined;
  const layers = alive.flatMap((on, layer) => (on === 0 ? [] : [layer]));
  return `${title} ${layers.length === 0 ? 'none' : layers.join(' ')} of ${alive.length}`;
}
