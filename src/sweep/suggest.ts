import { distance } from 'fastest-levenshtein';

/** ` Did you mean "x"?` for the nearest of the known words, or nothing where none is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const nearest = nearestOf(word, known);
  return nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
}

function nearestOf(word: string, known: readonly string[]): string | undefined {
  if (word.length > 100) return undefined;
  const plain = simplify(word);
  const ranked = known
    .map((candidate) => ({ candidate, edits: distance(plain, simplify(candidate)) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best !== undefined && best.edits <= Math.max(1, Math.floor(plain.length / 3)) ? best.candidate : undefined;
}

function simplify(word: string): string {
  return word.toLowerCase().replaceAll(/[\s_-]/g, '');
}
