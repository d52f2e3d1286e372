import * as Plot from '@observablehq/plot';
import type { ReportArm } from '../data.ts';
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
import { section } from './dom.ts';
import { distinct, groupText, type Shown, type ShownRun } from './state.ts';

type Point = {
  readonly label: string;
  readonly strategy: string;
  readonly score: number;
  readonly sparsity: number | null;
  readonly seed: number;
  readonly k: number | null;
  readonly seconds: number | null;
  readonly name: string;
};

/** Points of score or sparsity that an axis shows at least, so that dust does not look like a difference. */
const leastPoints = 1;

/** Tasks and sparsities drawn at once; the filter bar chooses among more. */
const mostGroups = 12;

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

function pointsOf(runs: readonly ShownRun[]): (Point & { readonly group: string; readonly task: string })[] {
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
            seed: run.seed,
            k: arm.k,
            seconds: run.seconds,
            name: `${arm.label}, seed ${run.seed}: ${show(run.score)}`,
          },
        ],
  );
}

function byStrategy(group: string, points: readonly Point[], shown: Shown): HTMLElement {
  const labels = distinct(points.map(({ label }) => label));
  return figure(`${group}: score of every seed, line: mean`, {
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
      Plot.tickX(
        meansBy(points, ({ label }) => label),
        { x: 'score', y: 'label', stroke: strategyColour, strokeWidth: 2 },
      ),
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
  });
}

/** One point for each key, of the mean score. */
function meansBy(points: readonly Point[], key: (point: Point) => string): Point[] {
  return [...Map.groupBy(points, key).values()].flatMap((own) => {
    const [first] = own;
    const score = own.reduce((sum, point) => sum + point.score, 0) / own.length;
    return first ? [{ ...first, score }] : [];
  });
}

function againstSparsity(shown: Shown): HTMLElement[] {
  const points = pointsOf(shown.runs).filter(({ sparsity }) => sparsity !== null);
  return [...Map.groupBy(points, ({ task }) => task)].map(([task, own]) => {
    const reported = shown.data.reported.filter((point) => point.task === task);
    return figure(`${task}: score against achieved sparsity${reported.length > 0 ? '; dashed: as published' : ''}`, {
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
        Plot.dot(reported, {
          x: 'sparsity',
          y: 'score',
          fill: 'currentColor',
          r: 2,
          tip: true,
          channels: { method: 'method', source: 'source' },
          ariaLabel: (d: { method: string; score: number }) => `published, ${d.method}: ${show(d.score, 1)}`,
        }),
        Plot.dot(own, {
          x: 'sparsity',
          y: 'score',
          stroke: strategyColour,
          symbol: strategySymbol,
          r: 4,
          tip: true,
          channels: { seed: 'seed' },
          ariaLabel: 'name',
        }),
      ],
    });
  });
}

function againstK(shown: Shown): HTMLElement[] {
  const points = pointsOf(shown.runs).filter(({ k }) => k !== null);
  return [...Map.groupBy(points, ({ group }) => group)].slice(0, mostGroups).flatMap(([group, own]) => {
    if (distinct(own.map(({ k }) => k)).length < 2) return [];
    return [
      figure(`${group}: score against the number of selected teacher layers, line: mean`, {
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
          Plot.line(
            meansBy(own, ({ strategy, k }) => `${k} ${strategy}`),
            { x: 'k', y: 'score', z: 'strategy', sort: 'k', stroke: strategyColour },
          ),
          Plot.dot(own, {
            x: 'k',
            y: 'score',
            stroke: strategyColour,
            symbol: strategySymbol,
            r: 4,
            tip: true,
            channels: { seed: 'seed' },
            ariaLabel: 'name',
          }),
        ],
      }),
    ];
  });
}

function againstCompute(shown: Shown): HTMLElement[] {
  const timed = pointsOf(shown.runs).filter(({ seconds }) => seconds !== null);
  return [...Map.groupBy(timed, ({ group }) => group)].slice(0, mostGroups).map(([group, own]) => {
    const arms = shown.arms.filter((arm) => groupText(arm) === group);
    const expected = arms.flatMap(budgetCurve);
    const longest = Math.max(0, ...own.map(({ seconds }) => seconds ?? 0), ...expected.map(({ seconds }) => seconds));
    const unit = longest < 2 * 3600 ? { name: 'minutes', seconds: 60 } : { name: 'hours', seconds: 3600 };
    return figure(`${group}: score against compute; point: one run, line: best score to expect of so many runs`, {
      width: chartWidth(),
      height: 320,
      ...legendScales(shown, 'symbol'),
      x: padded(
        unit.name,
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
    });
  });
}

/** Dodge et al. 2019: the best of n runs costs n runs. */
function budgetCurve({ expectedMaximum, meanSeconds, strategy, label }: ReportArm) {
  if (meanSeconds === null) return [];
  return expectedMaximum.map((score, i) => ({ strategy, label, score, seconds: (i + 1) * meanSeconds }));
}
