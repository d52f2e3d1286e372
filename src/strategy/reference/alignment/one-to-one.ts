import { type AlignmentProblem, columnsAlive, distanceAt, oneHot } from './problem.ts';

/**
 * A least-cost assignment of min(k, |A|) rows to as many columns in A.
 * Source: the Hungarian method by shortest augmenting paths (Kuhn 1955; Jonker and Volgenant 1987).
 */
export function alignOneToOne({ distances, alive, drawn }: AlignmentProblem): number[][] {
  const columns = columnsAlive(alive);
  const rowsFewer = drawn.length <= columns.length;
  const cost = (row: number, position: number) => distanceAt(distances, row, columns[position] as number);
  const assigned = rowsFewer
    ? assign(drawn.length, columns.length, cost)
    : invert(
        assign(columns.length, drawn.length, (position, row) => cost(row, position)),
        drawn.length,
      );
  return oneHot(
    assigned.map((position) => (position === null ? null : (columns[position] as number))),
    alive.length,
  );
}

/** For each of n workers the one of m ≥ n jobs that it takes, of least total cost. */
function assign(n: number, m: number, cost: (worker: number, job: number) => number): number[] {
  const workerPrice = new Float64Array(n);
  const jobPrice = new Float64Array(m);
  const workerOf: (number | null)[] = Array.from({ length: m }, () => null);
  for (let worker = 0; worker < n; worker++) augment(worker);
  const jobs = new Array<number>(n);
  for (const [job, worker] of workerOf.entries()) if (worker !== null) jobs[worker] = job;
  return jobs;

  function augment(start: number): void {
    const slack = new Float64Array(m).fill(Number.POSITIVE_INFINITY);
    const previousJob: (number | null)[] = Array.from({ length: m }, () => null);
    const visited = new Set<number>();
    let worker: number | null = start;
    let job: number | null = null;
    while (worker !== null) {
      if (job !== null) visited.add(job);
      job = relax(worker, job, slack, previousJob, visited);
      worker = workerOf[job] as number | null;
    }
    flip(start, job, previousJob);

    function relax(
      from: number,
      via: number | null,
      slacks: Float64Array,
      previous: (number | null)[],
      seen: ReadonlySet<number>,
    ): number {
      let nearest = -1;
      for (let candidate = 0; candidate < m; candidate++) {
        if (seen.has(candidate)) continue;
        const reduced = cost(from, candidate) - (workerPrice[from] as number) - (jobPrice[candidate] as number);
        if (reduced < (slacks[candidate] as number)) {
          slacks[candidate] = reduced;
          previous[candidate] = via;
        }
        if (nearest === -1 || (slacks[candidate] as number) < (slacks[nearest] as number)) nearest = candidate;
      }
      const delta = slacks[nearest] as number;
      workerPrice[start] = (workerPrice[start] as number) + delta;
      for (let other = 0; other < m; other++) {
        if (seen.has(other)) {
          const owner = workerOf[other] as number;
          workerPrice[owner] = (workerPrice[owner] as number) + delta;
          jobPrice[other] = (jobPrice[other] as number) - delta;
        } else {
          slacks[other] = (slacks[other] as number) - delta;
        }
      }
      return nearest;
    }
  }

  function flip(start: number, free: number | null, previousJob: readonly (number | null)[]): void {
    let job = free;
    while (job !== null) {
      const before: number | null = previousJob[job] ?? null;
      workerOf[job] = before === null ? start : (workerOf[before] as number);
      job = before;
    }
  }
}

function invert(rowOf: readonly number[], rows: number): (number | null)[] {
  const positionOf: (number | null)[] = Array.from({ length: rows }, () => null);
  for (const [position, row] of rowOf.entries()) positionOf[row] = position;
  return positionOf;
}
