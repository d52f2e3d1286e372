import { join } from 'node:path';
import { z } from 'zod';
import { readFileIfAny } from '../../store/atomic-file.ts';
import type { Layout } from './layout.ts';

const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional(), optional: z.boolean().optional() })),
});

/** The first npm package that is not installed as package-lock.json asks, in words; undefined where all are. */
export function findOldModules(layout: Layout): string | undefined {
  const asked = readLock(layout.packageLock);
  const path = join(layout.root, 'node_modules', '.package-lock.json');
  const installed = readLock(path);
  if (asked === undefined) return `${layout.packageLock} cannot be read`;
  if (installed === undefined) return `${path} is missing, so npm did not finish`;
  for (const [name, { version, optional }] of Object.entries(asked)) {
    const found = installed[name]?.version;
    // Optional packages are for other machines than this.
    if (name === '' || found === version || (optional && found === undefined)) continue;
    return `${name} is ${found ?? 'missing'}, package-lock.json asks for ${version}`;
  }
  return undefined;
}

function readLock(path: string): z.infer<typeof lockSchema>['packages'] | undefined {
  try {
    return lockSchema.parse(JSON.parse(readFileIfAny(path) ?? '')).packages;
  } catch {
    return undefined;
  }
}
