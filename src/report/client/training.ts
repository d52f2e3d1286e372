import * as Plot from '@observablehq/plot';
import { chartWidth, figure, legendScales, strategyColour } from './chart.ts';
import { element, section, select } from './dom.ts';
import { distinct, type Shown } from './state.ts';

let chosen = '';

/** Learning curves: one measure of one stage at a time, every run. */
export function trainingSection(shown: Shown): HTMLElement {
  const byRun = new Map(shown.runs.map((one) => [one.index, one]));
  const curves = shown.data.curves.filter(({ run }) => byRun.has(run));
  const measures = distinct(curves.map(({ stage, name }) => `${stage}: ${name}`)).sort();
  if (measures.length === 0) return section('training', 'Learning curves', 'No stage has measured anything yet.');
  if (!measures.includes(chosen))
    chosen = measures.find((measure) => measure.endsWith('expected_sparsity')) ?? measures[0] ?? '';
  const host = element('div', {});
  const draw = () => {
    const points = curves
      .filter(({ stage, name }) => `${stage}: ${name}` === chosen)
      .flatMap(({ run, steps, values }) => {
        const one = byRun.get(run);
        if (!one) return [];
        const name = `${one.arm.task} ${one.arm.label}, seed ${one.run.seed}`;
        return steps.map((step, i) => ({
          step,
          value: values[i],
          run,
          strategy: one.arm.strategy,
          name,
          text: `${name}, step ${step}: ${values[i]}`,
        }));
      });
    host.replaceChildren(
      figure(
        `${chosen} by step, one line a run`,
        {
          width: chartWidth(),
          height: 320,
          marginLeft: 56,
          ...legendScales(shown, 'color'),
          x: { label: 'step', grid: true },
          y: { label: chosen, grid: true, nice: true },
          marks: [
            Plot.line(points, { x: 'step', y: 'value', z: 'run', stroke: strategyColour, strokeOpacity: 0.7 }),
            Plot.tip(points, Plot.pointer({ x: 'step', y: 'value', title: 'text', maxRadius: 24 })),
          ],
        },
        {
          head: ['run', 'step', chosen],
          rows: () => points.map(({ name, step, value }) => [name, `${step}`, `${value}`]),
        },
      ),
    );
  };
  draw();
  const field = select('Measure', measures, chosen, (value) => {
    chosen = value;
    draw();
  });
  return section('training', 'Learning curves', '', element('p', { class: 'controls' }, field), host);
}
