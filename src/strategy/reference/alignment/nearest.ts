import { type AlignmentProblem, columnsAlive, distanceAt, leastOf, oneHot } from './problem.ts';

/** Row i → the column in A of least D[i,j]. */
export function alignNearest({ distances, alive, drawn }: AlignmentProblem): number[][] {
  const columns = columnsAlive(alive);
  return oneHot(
    drawn.map((_, row) => leastOf(columns, (column) => distanceAt(distances, row, column))),
    alive.length,
  );
}

/** Column j in A → the row of least D[i,j]. */
export function alignStudentToTeacher({ distances, alive, drawn }: AlignmentProblem): number[][] {
  const rows = drawn.map((_, row) => row);
  const chosen = alive.map((isAlive, column) =>
    isAlive ? leastOf(rows, (row) => distanceAt(distances, row, column)) : null,
  );
  return rows.map((row) => chosen.map((choice) => (choice === row ? 1 : 0)));
}
