import * as Plot from '@observablehq/plot';
import { colourScale, symbolScale } from './colours.ts';
import { element } from './dom.ts';
import { distinct, type Shown } from './state.ts';

/** The scale is named because a strategy called `none` or `red` would otherwise be taken for a colour itself. */
export const strategyColour = { value: 'strategy', scale: 'color' } as const;
export const strategySymbol = { value: 'strategy', scale: 'symbol' } as const;

/** A chart with its caption; the drawing is text and shapes, so that it can be read, printed and tested. */
export function figure(caption: string, options: Plot.PlotOptions): HTMLElement {
  const drawn = Plot.plot({
    ...options,
    marginBottom: options.marginBottom ?? 42,
    style: { background: 'transparent', overflow: 'visible', fontSize: '12px' },
  });
  drawn.setAttribute('role', 'img');
  drawn.setAttribute('aria-label', caption);
  return element('figure', {}, element('figcaption', {}, caption), element('div', { class: 'drawing' }, drawn));
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

/** Room for a chart: the page's width less its margins. */
export function chartWidth(): number {
  return Math.max(300, Math.min(960, document.documentElement.clientWidth - 32));
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
