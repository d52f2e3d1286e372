import * as Plot from '@observablehq/plot';
import { colourScale, symbolScale } from './colours.ts';
import { element, plainTable } from './dom.ts';
import { distinct, type Shown } from './state.ts';

/** The scale is named because a strategy called `none` or `red` would otherwise be taken for a colour itself. */
export const strategyColour = { value: 'strategy', scale: 'color' } as const;
export const strategySymbol = { value: 'strategy', scale: 'symbol' } as const;

/** What a chart draws, as a table for who cannot see it or has no pointer. */
export type Values = { readonly head: readonly string[]; readonly rows: () => readonly (readonly string[])[] };

/** More rows than these are slow to draw, and nobody reads them: the filters choose among them. */
const mostRows = 2000;

/** A chart with its caption; the drawing is text and shapes, so that it can be read, printed and tested. */
export function figure(caption: string, options: Plot.PlotOptions, values: Values): HTMLElement {
  const drawn = Plot.plot({
    ...options,
    marginBottom: options.marginBottom ?? 42,
    style: { background: 'transparent', overflow: 'visible', fontSize: '12px' },
  });
  // Not an image, whose parts would be hidden from screen readers: every mark names its value.
  drawn.setAttribute('role', 'group');
  drawn.setAttribute('aria-label', caption);
  return element(
    'figure',
    {},
    element('figcaption', {}, caption),
    element('div', { class: 'drawing' }, drawn),
    valuesTable(caption, values),
  );
}

/** Made when it is opened, so that a page of many charts stays light. */
function valuesTable(caption: string, { head, rows }: Values): HTMLElement {
  const details: HTMLDetailsElement = element(
    'details',
    {
      class: 'values',
      'data-key': caption,
      toggle: () => {
        if (!details.open || details.childElementCount > 1) return;
        const all = rows();
        const table = plainTable(head, all.slice(0, mostRows));
        details.append(element('div', { class: 'scroll', tabindex: 0 }, table));
        if (all.length > mostRows)
          details.append(element('p', {}, `The first ${mostRows} of ${all.length} rows: the filters show others.`));
      },
    },
    element('summary', {}, 'Values'),
  );
  return details;
}

/** Scales that every chart shares, so that a strategy looks the same in all of them. */
export function strategyScales({ data }: Shown): Pick<Plot.PlotOptions, 'color' | 'symbol'> {
  const strategies = distinct(data.arms.map(({ strategy }) => strategy));
  return { color: colourScale(strategies, data.baseline), symbol: symbolScale(strategies) };
}

/** The same with a legend, for charts of points or of lines. */
export function legendScales(shown: Shown, of: 'symbol' | 'color'): Pick<Plot.PlotOptions, 'color' | 'symbol'> {
  const { color, symbol } = strategyScales(shown);
  return of === 'color'
    ? { color: { ...color, legend: true } }
    : { color: { ...color }, symbol: { ...symbol, legend: true } };
}

/** Room for a chart: the page's width less its margins, and less what a card around it takes. */
export function chartWidth(card = 0): number {
  return Math.max(280, Math.min(1068, document.documentElement.clientWidth - 32 - 16 - card));
}

/** Room at the left for names, within reason. */
export function nameMargin(names: readonly string[], widest = 220): number {
  return Math.min(widest, 16 + 6.6 * Math.max(4, ...names.map((name) => name.length)));
}

/** A scale with room around its values: one value alone would leave it without length. */
export function padded(label: string, values: readonly (number | null)[], leastRange: number): Plot.ScaleOptions {
  const known = values.filter((value) => value !== null);
  const low = known.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = known.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const room = Math.max(leastRange - (high - low), 0.08 * (high - low)) / 2;
  return { label, grid: true, domain: known.length === 0 ? [0, 1] : [low - room, high + room] };
}

/** A number as people read it. */
export function show(value: number | null, digits = 2): string {
  return value === null ? 'unknown' : value.toFixed(digits);
}
