import type { StageSpec } from './stage-spec.ts';

/** Ready stages, in one sorted list for each kind of request, so that a look for what fits need not see them all. */
export type ReadyQueue = {
  readonly add: (spec: StageSpec, request: string) => void;
  readonly remove: (spec: StageSpec) => void;
  /** The first stage of each kind of request, the least rank first. */
  readonly heads: () => StageSpec[];
  readonly has: (spec: StageSpec) => boolean;
  readonly size: () => number;
};

export function createReadyQueue(): ReadyQueue {
  const lists = new Map<string, StageSpec[]>();
  const listOf = new Map<string, StageSpec[]>();
  let size = 0;

  return {
    add: (spec, request) => {
      let list = lists.get(request);
      if (!list) {
        list = [];
        lists.set(request, list);
      }
      list.splice(position(list, spec.rank), 0, spec);
      listOf.set(spec.key, list);
      size += 1;
    },
    remove: (spec) => {
      const list = listOf.get(spec.key);
      if (!list) return;
      list.splice(position(list, spec.rank), 1);
      listOf.delete(spec.key);
      size -= 1;
    },
    heads: () =>
      [...lists.values()]
        .map((list) => list[0])
        .filter((spec) => spec !== undefined)
        .sort((a, b) => a.rank - b.rank),
    has: (spec) => listOf.has(spec.key),
    size: () => size,
  };
}

/** Index of the first entry of at least this rank; ranks are distinct. */
function position(list: readonly StageSpec[], rank: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = list[middle];
    if (entry && entry.rank < rank) low = middle + 1;
    else high = middle;
  }
  return low;
}
