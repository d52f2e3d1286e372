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
    .map((candidate) => ({ candidate, edits: editsBetween(plain, simplify(candidate)) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best !== undefined && best.edits <= Math.max(1, Math.floor(plain.length / 3)) ? best.candidate : undefined;
}

/** Letters in another order are one slip of the fingers, though they take two edits. */
function editsBetween(word: string, candidate: string): number {
  const sorted = (text: string) => [...text].sort().join('');
  return word !== candidate && sorted(word) === sorted(candidate) ? 1 : distance(word, candidate);
}

function simplify(word: string): string {
  return word.toLowerCase().replaceAll(/[\s_-]/g, '');
}
