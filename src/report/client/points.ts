import { show } from './chart.ts';
import { groupText, type ShownRun } from './state.ts';

/** One finished run as charts draw it. */
export type Point = {
  readonly label: string;
  readonly strategy: string;
  readonly score: number;
  readonly sparsity: number | null;
  readonly asked: number | null;
  readonly seed: number;
  readonly k: number | null;
  readonly seconds: number | null;
  readonly name: string;
  readonly group: string;
  readonly task: string;
};

/** Points of score or sparsity that an axis shows at least, so that dust does not look like a difference. */
export const leastPoints = 1;

/** Tasks and sparsities drawn at once; the filter bar chooses among more. */
export const mostGroups = 12;

export function pointsOf(runs: readonly ShownRun[]): Point[] {
  return runs.flatMap(({ run, arm }) =>
    run.score === null
      ? []
      : [
          {
            group: groupText(arm),
            task: arm.task,
            label: arm.label,
            strategy: arm.strategy,
            score: run.score,
            sparsity: run.sparsity,
            asked: arm.asked,
            seed: run.seed,
            k: arm.k,
            seconds: run.seconds,
            name: `${arm.label}, seed ${run.seed}: ${show(run.score)}`,
          },
        ],
  );
}

/** One point for each key, of the mean score. */
export function meansBy(points: readonly Point[], key: (point: Point) => string): Point[] {
  return [...Map.groupBy(points, key).values()].flatMap((own) => {
    const [first] = own;
    const meanOf = (pick: (point: Point) => number) => own.reduce((sum, point) => sum + pick(point), 0) / own.length;
    if (!first) return [];
    const sparsity = own.some((point) => point.sparsity === null) ? null : meanOf((point) => point.sparsity ?? 0);
    return [{ ...first, score: meanOf((point) => point.score), sparsity }];
  });
}
