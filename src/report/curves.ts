import type { Curve } from './data.ts';

/** What a stage measured while it ran, in the order of its steps. */
export type Measurements = {
  readonly stage: string;
  readonly steps: readonly number[];
  /** By name; null where a step has no such value. */
  readonly values: Readonly<Record<string, readonly (number | null)[]>>;
};

/** Numbers that the curves of a page may hold together, so that a page of many runs stays small. */
const mostNumbers = 120_000;
const mostPointsOfCurve = 200;
const fewestPointsOfCurve = 8;

/** Learning curves of the runs in order, thinned evenly to what a page holds; says which were left out. */
export function curvesOf(runs: readonly (readonly Measurements[])[]): { curves: Curve[]; leftOut: number } {
  const all = runs.flatMap((stages, run) =>
    stages.flatMap(({ stage, steps, values }) =>
      Object.entries(values).map(([name, series]) => {
        const kept = series.flatMap((value, i) =>
          value !== null && Number.isFinite(value) ? [{ step: steps[i] ?? 0, value }] : [],
        );
        return { run, stage, name, kept };
      }),
    ),
  );
  const drawable = all.filter(({ kept }) => kept.length > 1);
  const room = Math.floor(mostNumbers / 2 / Math.max(1, drawable.length));
  const shown =
    room < fewestPointsOfCurve ? drawable.slice(0, Math.floor(mostNumbers / 2 / fewestPointsOfCurve)) : drawable;
  const points = Math.max(fewestPointsOfCurve, Math.min(mostPointsOfCurve, room));
  return {
    leftOut: drawable.length - shown.length,
    curves: shown.map(({ kept, ...curve }) => {
      const thinned = thin(kept, points);
      return {
        ...curve,
        steps: thinned.map(({ step }) => step),
        values: thinned.map(({ value }) => Number(value.toPrecision(5))),
      };
    }),
  };
}

/** Evenly chosen entries, the first and the last among them. */
function thin<T>(entries: readonly T[], count: number): T[] {
  if (entries.length <= count) return [...entries];
  return Array.from({ length: count }, (_, i) => entries[Math.round((i * (entries.length - 1)) / (count - 1))]).filter(
    (entry) => entry !== undefined,
  );
}
