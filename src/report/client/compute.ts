import * as Plot from '@observablehq/plot';
import type { ReportArm } from '../data.ts';
import { chartWidth, figure, legendScales, padded, strategyColour, strategySymbol } from './chart.ts';
import { budgetRow, pointValues } from './point-values.ts';
import { leastPoints, mostGroups, type Point, pointsOf } from './points.ts';
import { groupText, type Shown } from './state.ts';

/** What a score costs: every run, and the best of several. */
export function againstCompute(shown: Shown): HTMLElement[] {
  const timed = pointsOf(shown.runs).filter(({ seconds }) => seconds !== null);
  return [...Map.groupBy(timed, ({ group }) => group)].slice(0, mostGroups).map(([group, own]) => {
    const arms = shown.arms.filter((arm) => groupText(arm) === group);
    const expected = arms.flatMap(budgetCurve);
    const longest = Math.max(0, ...own.map(({ seconds }) => seconds ?? 0), ...expected.map(({ seconds }) => seconds));
    const unit = longest < 2 * 3600 ? { name: 'minutes', seconds: 60 } : { name: 'hours', seconds: 3600 };
    return figure(
      `${group}: score against compute; point: one run, line: best score to expect of so many runs`,
      {
        width: chartWidth(),
        height: 320,
        ...legendScales(shown, 'symbol'),
        x: padded(
          `device time of all of a run's stages, ${unit.name}`,
          [...own, ...expected].map(({ seconds }) => (seconds ?? 0) / unit.seconds),
          0.2,
        ),
        y: padded(
          'score, %',
          [...own, ...expected].map(({ score }) => score),
          leastPoints,
        ),
        marks: [
          Plot.line(expected, {
            x: (d: { seconds: number }) => d.seconds / unit.seconds,
            y: 'score',
            z: 'label',
            stroke: strategyColour,
          }),
          Plot.dot(own, {
            x: (d: Point) => (d.seconds ?? 0) / unit.seconds,
            y: 'score',
            stroke: strategyColour,
            symbol: strategySymbol,
            r: 3.5,
            tip: true,
            channels: { seed: 'seed' },
            ariaLabel: 'name',
          }),
        ],
      },
      pointValues(own, () =>
        expected.map(({ label, count, score, seconds }) => budgetRow(label, count, score, seconds)),
      ),
    );
  });
}

/** Dodge et al. 2019: the best of n runs costs n runs. */
function budgetCurve({ expectedMaximum, meanSeconds, strategy, label }: ReportArm) {
  if (meanSeconds === null) return [];
  return expectedMaximum.map((score, i) => ({ strategy, label, score, count: i + 1, seconds: (i + 1) * meanSeconds }));
}
