import type { Numbers } from '../../strategy/reference/index.ts';
import { compareAsTorch, rankExists } from '../../strategy/reference/published.ts';
import type { PublishedStrategy } from '../../strategy/specification/strategy.ts';
import { type Case, matchesOf, toleranceAt, type Verdict, wrongMatch } from './judgement.ts';

const depth = 12;

/** The published choices, each given the recorded earlier ones; near ties may have been sorted either way. */
export function judgePublished(
  version: PublishedStrategy['version'],
  headLayerZ: Numbers | null,
  judged: Case,
): Verdict {
  const matches = matchesOf(judged);
  if (!Array.isArray(matches)) return matches;
  let last = depth;
  for (let row = matches.length - 1; row >= 0; row--) {
    const allowed = version === 3 ? nearest(judged, row) : orderedChoices(judged, row, last, headLayerZ);
    const match = matches[row] ?? null;
    if (match === null || !allowed.has(match)) return wrongMatch(judged, row, match, [...allowed][0] ?? null);
    last = match;
  }
  return null;
}

function nearest(judged: Case, row: number): ReadonlySet<number> {
  const distances = judged.problem.distances[row] as readonly number[];
  const firstNan = distances.findIndex(Number.isNaN);
  if (firstNan !== -1) return new Set([firstNan]);
  return new Set(possiblyNext(judged, row, 0));
}

// Every order that the sort may have given is walked; a set of layers already sorted is visited once.
function orderedChoices(judged: Case, row: number, last: number, headLayerZ: Numbers | null): ReadonlySet<number> {
  const choices = new Set<number>();
  const seen = new Set<number>([0]);
  const open: { readonly sorted: number; readonly rank: number }[] = [{ sorted: 0, rank: 0 }];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (state.rank === depth) {
      choices.add(last);
      continue;
    }
    for (const layer of possiblyNext(judged, row, state.sorted)) {
      if (layer < last && rankExists(headLayerZ, state.rank)) {
        choices.add(layer);
        continue;
      }
      const sorted = state.sorted | (1 << layer);
      if (!seen.has(sorted)) open.push({ sorted, rank: state.rank + 1 });
      seen.add(sorted);
    }
  }
  return choices;
}

/** Layers that may come next in the sort, once those of the bit set were taken: the least distance, or one within tolerance of it. */
function possiblyNext({ problem, tolerances }: Case, row: number, taken: number): number[] {
  const distances = problem.distances[row] as readonly number[];
  const rest = distances.map((_, layer) => layer).filter((layer) => (taken & (1 << layer)) === 0);
  const least = rest.reduce((best, layer) =>
    compareAsTorch(distances[layer] as number, distances[best] as number) < 0 ? layer : best,
  );
  const bound = distances[least] as number;
  return rest.filter((layer) => {
    const distance = distances[layer] as number;
    const tolerance = toleranceAt(tolerances, row, layer) + toleranceAt(tolerances, row, least);
    return compareAsTorch(distance, bound) === 0 || distance - bound <= tolerance;
  });
}
