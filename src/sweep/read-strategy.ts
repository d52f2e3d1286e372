import { z } from 'zod';
import { catalogue } from '../strategy/catalogue.ts';
import { alignmentSchema } from '../strategy/specification/alignment.ts';
import { selectionSchema } from '../strategy/specification/selection.ts';
import type { ComposedStrategy } from '../strategy/specification/strategy.ts';
import { normalisationSchema, scheduleSchema, survivorsSchema } from '../strategy/specification/terms.ts';
import { fail, parseBy, type Reading, show } from './reading.ts';
import { didYouMean } from './suggest.ts';
import type { StrategyChoice } from './sweep-file.ts';

const names = catalogue.map((entry) => entry.name);
const byName = new Map(catalogue.map((entry) => [entry.name, entry.strategy]));

const inlineSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'Expected 1 to 64 small letters, digits and hyphens, the first no hyphen')
    .refine((name) => !byName.has(name), 'Expected a name that the catalogue does not have'),
  extends: z.string().default('v4'),
  selection: selectionSchema.optional(),
  alignment: alignmentSchema.optional(),
  survivors: survivorsSchema.optional(),
  normalisation: normalisationSchema.partial().optional(),
  schedule: scheduleSchema.partial().optional(),
});

/** A strategy by its name in the catalogue, or written out: the parts left out are those of `extends` (v4). */
export function readStrategy(reading: Reading, value: unknown, path: string): StrategyChoice | undefined {
  if (typeof value === 'string') return named(reading, value, path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    fail(reading, path, `Expected the name of a strategy or a mapping that describes one, got ${show(value)}`);
    return undefined;
  }
  const inline = parseBy(reading, inlineSchema, camelKeys(reading, value, path), path);
  if (inline === undefined) return undefined;
  const base = named(reading, inline.extends, `${path}.extends`)?.strategy;
  if (base === undefined) return undefined;
  if (base.kind !== 'composed') {
    // A name of its own is no change: arms may differ in other parameters.
    const { name, extends: extended, ...parts } = inline;
    if (Object.values(parts).every((part) => part === undefined))
      return { label: name, strategy: base, fixedK: hasOwnK(extended) };
    fail(reading, `${path}.extends`, `Strategy "${inline.extends}" has no parts to change: extend one such as v4`);
    return undefined;
  }
  const strategy: ComposedStrategy = {
    kind: 'composed',
    selection: inline.selection ?? base.selection,
    alignment: inline.alignment ?? base.alignment,
    survivors: inline.survivors ?? base.survivors,
    normalisation: { ...base.normalisation, ...definedOnly(inline.normalisation ?? {}) },
    schedule: { ...base.schedule, ...definedOnly(inline.schedule ?? {}) },
  };
  return { label: inline.name, strategy, fixedK: inline.selection !== undefined || hasOwnK(inline.extends) };
}

function named(reading: Reading, name: string, path: string): StrategyChoice | undefined {
  const strategy = byName.get(name);
  if (strategy !== undefined) return { label: name, strategy, fixedK: hasOwnK(name) };
  const broken = /^(?:published\/)?v(?:1|2)$/.test(name) ? ` ${neverRan}` : '';
  const hint = broken || didYouMean(name, names) || ` \`layersweep strategies\` lists all ${names.length}`;
  fail(reading, path, `Unknown strategy ${show(name)}.${hint}`);
  return undefined;
}

const neverRan =
  'Versions 1 and 2 cannot run as published: 1 returns a loss that it never sets, 2 adds to it before it is set. Here v2 is corrected, and published/v3 to published/v6 are transcribed';

/** uniform-3, last-4: the number of layers is part of the name. */
function hasOwnK(name: string): boolean {
  const strategy = byName.get(name);
  return (
    strategy?.kind === 'composed' &&
    'k' in strategy.selection &&
    (name.endsWith(`-${strategy.selection.k}`) || name.endsWith('-only'))
  );
}

/** first_layer_floor → firstLayerFloor, all the way down: sweep files are written in snake_case. */
function camelKeys(reading: Reading, value: unknown, path: string): unknown {
  if (Array.isArray(value)) return value.map((member, index) => camelKeys(reading, member, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return value;
  const spelt = new Map<string, string>();
  const entries = Object.entries(value).map(([key, member]) => {
    const camel = key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const other = spelt.get(camel);
    if (other !== undefined)
      fail(reading, `${path}.${key}#key`, `Expected one of ${other} and ${key}, which are the same`);
    spelt.set(camel, key);
    return [camel, camelKeys(reading, member, `${path}.${key}`)];
  });
  return Object.fromEntries(entries);
}

function definedOnly<T extends object>(record: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, member]) => member !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}
