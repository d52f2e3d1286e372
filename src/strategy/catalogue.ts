import { distance } from 'fastest-levenshtein';
import { alignments } from './catalogue/alignments.ts';
import { baselines } from './catalogue/baselines.ts';
import type { CatalogueEntry } from './catalogue/entry.ts';
import { numbered } from './catalogue/numbered.ts';
import { published } from './catalogue/published.ts';
import { selections } from './catalogue/selections.ts';

export type { CatalogueEntry } from './catalogue/entry.ts';

/** Every named strategy, in the order in which `strategies` lists them. */
export const catalogue: readonly CatalogueEntry[] = [
  ...baselines,
  ...numbered,
  ...published,
  ...selections,
  ...alignments,
];

/** A name that the catalogue does not have. */
export class UnknownStrategyError extends Error {
  override readonly name = 'UnknownStrategyError';
  readonly suggestion: string | undefined;

  constructor(unknown: string) {
    const suggestion = nearestName(unknown);
    const hint = suggestion === undefined ? '' : ` Did you mean "${suggestion}"?`;
    super(`Unknown strategy "${unknown}".${hint} \`layersweep strategies\` lists all ${catalogue.length}`);
    this.suggestion = suggestion;
  }
}

/**
 * The catalogue's entry of that name.
 *
 * @throws UnknownStrategyError with the nearest name, if one is near.
 */
export function findStrategy(name: string): CatalogueEntry {
  const found = byName.get(name);
  if (found === undefined) throw new UnknownStrategyError(name);
  return found;
}

const byName = new Map(catalogue.map((entry) => [entry.name, entry]));

function nearestName(unknown: string): string | undefined {
  const wanted = unknown.toLowerCase();
  const ranked = catalogue
    .map(({ name }) => ({ name, edits: distance(wanted, name) }))
    .sort((a, b) => a.edits - b.edits);
  const [best] = ranked;
  return best !== undefined && best.edits <= Math.max(1, Math.ceil(wanted.length / 3)) ? best.name : undefined;
}
