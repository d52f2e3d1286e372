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

/** The catalogue by what its strategies vary, in the same order. */
export const catalogueGroups: readonly { readonly title: string; readonly entries: readonly CatalogueEntry[] }[] = [
  { title: 'Baselines', entries: baselines },
  { title: 'Versions 2 to 6, mended for any depth and k', entries: numbered },
  { title: 'The published code as it was, with its defects, for 12 layers', entries: published },
  { title: 'Which layers are selected; matched as in v4', entries: selections },
  { title: 'How layers are matched, measured and rescheduled', entries: alignments },
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
  if (best !== undefined && best.edits <= Math.max(1, Math.ceil(wanted.length / 3))) return best.name;
  return catalogue.find(({ strategy }) => partKinds(strategy).includes(wanted))?.name;
}

/** Kinds of a strategy's parts are taken for names: `monotone` is an alignment of `optimal-monotone`. */
function partKinds(strategy: CatalogueEntry['strategy']): readonly string[] {
  return strategy.kind === 'composed' ? [strategy.selection.kind, strategy.alignment.kind] : [];
}
