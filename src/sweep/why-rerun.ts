import { type KeyedStage, keyMaterial } from './content-key.ts';

/** One field of the key that two stages do not have in common; absent values were at their neutral default, or not there. */
export type KeyDifference = { readonly field: string; readonly before: unknown; readonly after: unknown };

/** Why the second stage is not the first: every field of the key that differs, in the order of their names. */
export function whyRerun(before: KeyedStage, after: KeyedStage): KeyDifference[] {
  return differingFields(keyMaterial(before), keyMaterial(after));
}

/** The same of whatever two keys are made of. */
export function differingFields(before: unknown, after: unknown): KeyDifference[] {
  const old = flattenFields(before);
  const current = flattenFields(after);
  const fields = [...new Set([...old.keys(), ...current.keys()])].sort();
  return fields
    .filter((field) => old.get(field) !== current.get(field))
    .map((field) => ({ field, before: old.get(field), after: current.get(field) }));
}

function flattenFields(value: unknown, prefix = '', fields = new Map<string, unknown>()): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    fields.set(prefix, Array.isArray(value) ? JSON.stringify(value) : value);
    return fields;
  }
  for (const [name, member] of Object.entries(value))
    flattenFields(member, prefix === '' ? name : `${prefix}.${name}`, fields);
  return fields;
}
