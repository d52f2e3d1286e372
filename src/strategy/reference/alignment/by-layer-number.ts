import { type AlignmentProblem, columnsAlive, distanceAt, leastOf, oneHot } from './problem.ts';

/** Row i → column drawn[i], where that may be matched. */
export function alignIdentity({ alive, drawn }: AlignmentProblem): number[][] {
  return oneHot(
    drawn.map((layer) => (alive[layer] === true ? layer : null)),
    alive.length,
  );
}

/** Row i → column S − 1 − drawn[i], where that may be matched. */
export function alignReverse({ alive, drawn }: AlignmentProblem): number[][] {
  const opposite = (layer: number) => alive.length - 1 - layer;
  return oneHot(
    drawn.map((layer) => (alive[opposite(layer)] === true ? opposite(layer) : null)),
    alive.length,
  );
}

/** Every row → the greatest column that may be matched. */
export function alignAllToOne({ alive, drawn }: AlignmentProblem): number[][] {
  const greatest = columnsAlive(alive).at(-1) ?? null;
  return oneHot(
    drawn.map(() => greatest),
    alive.length,
  );
}

/** Row i → column drawn[i], else the better of the nearest columns in A below and above, the lower on a tie. */
export function alignNearestSurviving(problem: AlignmentProblem): number[][] {
  const { distances, alive, drawn } = problem;
  const matches = drawn.map((layer, row) =>
    leastOf(survivingNeighbours(alive, layer), (column) => distanceAt(distances, row, column)),
  );
  return oneHot(matches, alive.length);
}

/** The layer itself where it may be matched, else the nearest ones below and above that may. */
export function survivingNeighbours(alive: readonly boolean[], layer: number): number[] {
  if (alive[layer] === true) return [layer];
  const columns = columnsAlive(alive);
  return [columns.findLast((column) => column < layer), columns.find((column) => column > layer)].filter(
    (column) => column !== undefined,
  );
}
