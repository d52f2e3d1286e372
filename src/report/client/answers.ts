import * as Plot from '@observablehq/plot';
import type { ReportAnswer } from '../data.ts';
import { chartWidth, figure, nameMargin, show } from './chart.ts';
import { element, section } from './dom.ts';
import type { Shown } from './state.ts';

const badges: Readonly<Record<string, string>> = {
  better: 'better',
  worse: 'worse',
  'no-difference': 'no difference larger than the margin',
  'not-enough-seeds': 'not enough seeds to say',
  identical: 'identical',
  constant: 'no spread, no test',
  pending: 'no verdict yet',
  'cannot-answer': 'cannot be answered',
};

/** What the sweep was run for, first. */
export function answersSection({ data }: Shown): HTMLElement {
  if (data.answers.length === 0) {
    return section(
      'answers',
      'Answers',
      'The sweep file asks no questions. Name contrasts under `questions`, and they are answered here.',
    );
  }
  return section('answers', 'Answers', '', ...data.answers.map(card));
}

function card(answer: ReportAnswer): HTMLElement {
  return element(
    'article',
    { class: 'answer' },
    element('h3', {}, answer.title),
    element(
      'ul',
      { class: 'verdicts' },
      ...answer.cells.map(({ verdict, sentence }) =>
        element('li', {}, element('span', { class: `badge ${verdict}` }, badges[verdict] ?? verdict), sentence),
      ),
    ),
    ...(answer.cells.some(({ effect }) => effect !== null) ? [forest(answer)] : []),
    ...(answer.further.length === 0
      ? []
      : [element('ul', { class: 'further' }, ...answer.further.map((line) => element('li', {}, line)))]),
  );
}

/** Each difference by seed, their mean and its interval, against zero and the margin. */
function forest({ title, cells, margin, unit }: ReportAnswer): HTMLElement {
  const estimated = cells.filter(({ effect }) => effect !== null);
  const seeds = estimated.flatMap(({ label, differences }) =>
    differences.map((difference) => ({ label, ...difference })),
  );
  return figure(
    `${title}: difference in ${unit}; dot and bar: mean and 95% interval, thin lines: seeds, band: margin of ${show(margin)}`,
    {
      width: chartWidth(34),
      height: 60 + 34 * estimated.length,
      marginLeft: nameMargin(estimated.map(({ label }) => label)),
      x: { label: `difference, ${unit}`, grid: true },
      y: { label: null, domain: estimated.map(({ label }) => label) },
      marks: [
        Plot.rectX([0], { x1: -margin, x2: margin, fill: 'currentColor', fillOpacity: 0.08 }),
        Plot.ruleX([0], { strokeOpacity: 0.6 }),
        Plot.tickX(seeds, {
          x: 'value',
          y: 'label',
          stroke: 'currentColor',
          strokeOpacity: 0.35,
          ariaLabel: (d: { label: string; seed: string; value: number }) =>
            `${d.label}, seed ${d.seed}: ${show(d.value)}`,
        }),
        Plot.ruleY(
          estimated.filter(({ low }) => low !== null),
          { x1: 'low', x2: 'high', y: 'label', stroke: 'var(--accent)', strokeWidth: 3 },
        ),
        Plot.dot(estimated, {
          x: 'effect',
          y: 'label',
          fill: 'var(--accent)',
          r: 5,
          tip: true,
          channels: { verdict: (d: ReportAnswer['cells'][number]) => badges[d.verdict] ?? d.verdict },
          ariaLabel: (d: ReportAnswer['cells'][number]) => `${d.label}: ${show(d.effect)} ${unit}`,
        }),
      ],
    },
    {
      head: ['comparison', `difference, ${unit}`, '95% low', '95% high', 'by seed'],
      rows: () =>
        estimated.map(({ label, effect, low, high, differences }) => [
          label,
          show(effect),
          show(low),
          show(high),
          differences.map(({ seed, value }) => `${seed}: ${show(value)}`).join('; '),
        ]),
    },
  );
}
