import * as Plot from '@observablehq/plot';
import {
  chartWidth,
  figure,
  legendScales,
  nameMargin,
  padded,
  show,
  strategyColour,
  strategyScales,
  strategySymbol,
} from './chart.ts';
import { againstCompute } from './compute.ts';
import { section } from './dom.ts';
import { meanRow, pointValues, reportedRow } from './point-values.ts';
import { leastPoints, meansBy, mostGroups, type Point, pointsOf } from './points.ts';
import { distinct, type Shown } from './state.ts';

/** Every run as a point: by strategy, and against sparsity, k and compute. */
export function scoresSection(shown: Shown): HTMLElement {
  const groups = [...Map.groupBy(pointsOf(shown.runs), ({ group }) => group)];
  if (groups.length === 0) return section('scores', 'Scores', 'No run has finished yet.');
  return section(
    'scores',
    'Scores',
    `Every point is one run: one seed of one configuration.${
      groups.length > mostGroups
        ? ` The first ${mostGroups} of ${groups.length} tasks and sparsities: the filters show others.`
        : ''
    }`,
    ...groups.slice(0, mostGroups).map(([group, points]) => byStrategy(group, points, shown)),
    ...againstSparsity(shown),
    ...againstK(shown),
    ...againstCompute(shown),
  );
}

function byStrategy(group: string, points: readonly Point[], shown: Shown): HTMLElement {
  const labels = distinct(points.map(({ label }) => label));
  const means = meansBy(points, ({ label }) => label);
  return figure(
    `${group}: score of every seed, line: mean`,
    {
      width: chartWidth(),
      height: 70 + 30 * labels.length,
      marginLeft: nameMargin(labels),
      ...strategyScales(shown),
      x: padded(
        'score, %',
        points.map(({ score }) => score),
        leastPoints,
      ),
      y: { label: null, domain: labels },
      marks: [
        Plot.tickX(means, { x: 'score', y: 'label', stroke: strategyColour, strokeWidth: 2 }),
        Plot.dot(points, {
          x: 'score',
          y: 'label',
          stroke: strategyColour,
          symbol: strategySymbol,
          r: 4,
          ariaLabel: 'name',
          channels: { seed: 'seed', sparsity: 'sparsity' },
          tip: true,
        }),
      ],
    },
    pointValues(points, () => means.map((mean) => meanRow(mean.label, mean))),
  );
}

function againstSparsity(shown: Shown): HTMLElement[] {
  const points = pointsOf(shown.runs).filter(({ sparsity }) => sparsity !== null);
  return [...Map.groupBy(points, ({ task }) => task)].map(([task, own]) => {
    const reported = shown.data.reported.filter((point) => point.task === task);
    const isCurve = distinct(own.map(({ asked }) => asked)).length > 1;
    const means = isCurve ? curveOf(own) : [];
    return figure(
      `${task}: score against achieved sparsity; point: one run${isCurve ? ', line: mean' : ''}${reported.length > 0 ? ', dashed: as published' : ''}`,
      {
        width: chartWidth(),
        height: 340,
        ...legendScales(shown, 'symbol'),
        x: padded(
          'achieved sparsity, %',
          [...own, ...reported].map(({ sparsity }) => sparsity),
          leastPoints,
        ),
        y: padded(
          'score, %',
          [...own, ...reported].map(({ score }) => score),
          leastPoints,
        ),
        marks: [
          Plot.line(reported, {
            x: 'sparsity',
            y: 'score',
            z: 'method',
            sort: 'sparsity',
            stroke: 'currentColor',
            strokeDasharray: '4 3',
            strokeOpacity: 0.7,
          }),
          Plot.line(means, {
            x: 'sparsity',
            y: 'score',
            z: 'strategy',
            sort: 'sparsity',
            stroke: strategyColour,
          }),
          Plot.dot(reported, {
            x: 'sparsity',
            y: 'score',
            fill: 'currentColor',
            r: 2,
            tip: true,
            channels: { method: 'method', source: 'source' },
            ariaLabel: (d: { method: string; score: number }) => `published, ${d.method}: ${show(d.score, 1)}`,
          }),
          seedDots(own, 'sparsity'),
        ],
      },
      pointValues(own, () => [...means.map((mean) => meanRow(mean.strategy, mean)), ...reported.map(reportedRow)]),
    );
  });
}

/** A dot for each run, by its strategy's colour and symbol. */
function seedDots(points: readonly Point[], x: 'sparsity' | 'k'): Plot.Dot {
  return Plot.dot(points, {
    x,
    y: 'score',
    stroke: strategyColour,
    symbol: strategySymbol,
    r: 4,
    tip: true,
    channels: { seed: 'seed' },
    ariaLabel: 'name',
  });
}

/** The mean of each strategy at each sparsity asked for. */
function curveOf(points: readonly Point[]): Point[] {
  return meansBy(points, ({ strategy, asked }) => `${asked} ${strategy}`);
}

function againstK(shown: Shown): HTMLElement[] {
  const points = pointsOf(shown.runs).filter(({ k }) => k !== null);
  return [...Map.groupBy(points, ({ group }) => group)].slice(0, mostGroups).flatMap(([group, own]) => {
    if (distinct(own.map(({ k }) => k)).length < 2) return [];
    const means = meansBy(own, ({ strategy, k }) => `${k} ${strategy}`);
    return [
      figure(
        `${group}: score against the number of selected teacher layers, line: mean`,
        {
          width: chartWidth(),
          height: 320,
          ...legendScales(shown, 'symbol'),
          x: { label: 'teacher layers (k)', grid: true },
          y: padded(
            'score, %',
            own.map(({ score }) => score),
            leastPoints,
          ),
          marks: [
            Plot.line(means, { x: 'k', y: 'score', z: 'strategy', sort: 'k', stroke: strategyColour }),
            seedDots(own, 'k'),
          ],
        },
        pointValues(own, () => means.map((mean) => meanRow(mean.strategy, mean))),
      ),
    ];
  });
}
