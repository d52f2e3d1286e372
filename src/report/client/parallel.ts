import * as Plot from '@observablehq/plot';
import { chartWidth, figure, legendScales, strategyColour } from './chart.ts';
import { section } from './dom.ts';
import { distinct, type Shown, type ShownRun } from './state.ts';

type Axis = { readonly name: string; readonly value: (shown: ShownRun) => string | number | boolean | null };

/** Every run as a line over what was asked of it and what came of it. */
export function parallelSection(shown: Shown): HTMLElement {
  const finished = shown.runs.filter(({ run }) => run.score !== null);
  const axes = axesOf(shown).filter(
    ({ value }) => distinct(finished.map(value).filter((one) => one !== null)).length > 1,
  );
  if (axes.length < 2)
    return section('parallel', 'Parallel coordinates', 'Fewer than two things vary among the finished runs shown.');
  const points = axes.flatMap((axis) => {
    const place = placer(finished.map(axis.value));
    return finished.map((one) => ({
      axis: axis.name,
      run: one.index,
      strategy: one.arm.strategy,
      position: place(axis.value(one)),
      text: `${one.arm.label}, seed ${one.run.seed}: ${axis.name} ${textOf(axis.value(one))}`,
    }));
  });
  const ticks = axes.flatMap((axis) => ticksOf(axis, finished));
  return section(
    'parallel',
    'Parallel coordinates',
    '',
    figure(
      'One line a run; each axis from its least to its greatest value',
      {
        width: Math.max(chartWidth(), 84 * axes.length + 120),
        height: 380,
        marginTop: 30,
        marginRight: 60,
        marginLeft: 60,
        ...legendScales(shown, 'color'),
        x: { type: 'point', domain: axes.map(({ name }) => name), label: null, axis: 'top' },
        y: { axis: null, domain: [0, 1] },
        marks: [
          Plot.ruleX(
            axes.map(({ name }) => name),
            { strokeOpacity: 0.5 },
          ),
          Plot.line(points, {
            x: 'axis',
            y: 'position',
            z: 'run',
            stroke: strategyColour,
            strokeOpacity: finished.length > 100 ? 0.25 : 0.6,
          }),
          Plot.text(ticks, {
            x: 'axis',
            y: 'position',
            text: 'text',
            dx: 6,
            textAnchor: 'start',
            fill: 'currentColor',
            stroke: 'var(--ground)',
            strokeWidth: 3,
          }),
          Plot.tip(points, Plot.pointer({ x: 'axis', y: 'position', title: 'text', maxRadius: 20 })),
        ],
      },
      {
        head: ['arm', ...axes.map(({ name }) => name)],
        rows: () => finished.map((one) => [one.arm.label, ...axes.map(({ value }) => textOf(value(one)))]),
      },
    ),
  );
}

function axesOf({ data }: Shown): Axis[] {
  return [
    { name: 'task', value: ({ arm }) => arm.task },
    { name: 'strategy', value: ({ arm }) => arm.strategy },
    { name: 'k', value: ({ arm }) => arm.k },
    { name: 'asked, %', value: ({ arm }) => arm.asked },
    ...data.varying.map((name): Axis => ({ name, value: ({ run }) => run.parameters[name] ?? null })),
    { name: 'seed', value: ({ run }) => run.seed },
    { name: 'achieved, %', value: ({ run }) => run.sparsity },
    { name: 'speed-up, ×', value: ({ run }) => run.speedup },
    { name: 'score, %', value: ({ run }) => run.score },
  ];
}

type Value = string | number | boolean | null;

/** Where a value lies on its axis, 0 to 1: numbers by size, names in order. */
function placer(values: readonly Value[]): (value: Value) => number | null {
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length > 0) {
    const low = numbers.reduce((a, b) => Math.min(a, b));
    const high = numbers.reduce((a, b) => Math.max(a, b));
    return (value) => (typeof value !== 'number' ? null : high === low ? 0.5 : (value - low) / (high - low));
  }
  const names = distinct(values.filter((value) => value !== null).map(String)).sort();
  return (value) =>
    value === null ? null : names.length === 1 ? 0.5 : names.indexOf(String(value)) / (names.length - 1);
}

function ticksOf(axis: Axis, runs: readonly ShownRun[]) {
  const values = distinct(runs.map(axis.value)).filter((value) => value !== null);
  const place = placer(values);
  const shown = values.length <= 8 ? values : [extreme(values, place, 0), extreme(values, place, 1)];
  return shown.map((value) => ({ axis: axis.name, position: place(value), text: textOf(value) }));
}

function extreme(values: readonly Value[], place: (value: Value) => number | null, end: number): Value {
  return values.find((value) => place(value) === end) ?? null;
}

function textOf(value: Value): string {
  if (value === null) return 'none';
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value);
}
