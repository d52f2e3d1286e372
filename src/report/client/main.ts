import type { ReportData } from '../data.ts';
import { answersSection } from './answers.ts';
import { element } from './dom.ts';
import { filterBar } from './filter-bar.ts';
import { layersSection } from './layers.ts';
import { leaderboardSection } from './leaderboard.ts';
import { follow } from './live.ts';
import { operationsSections } from './operations.ts';
import { parallelSection } from './parallel.ts';
import { scoresSection } from './scores.ts';
import { applyFilter, everything, type Filter, type Shown } from './state.ts';
import { trainingSection } from './training.ts';

const holder = document.getElementById('data');
if (!holder) throw new Error('Expected the page to hold its data');
let data = JSON.parse(holder.textContent ?? '') as ReportData;
let filter: Filter = everything;

const status = element('span', { id: 'status', role: 'status' });
const bar = element('div', { id: 'bar' });
const page = element('main', {});

const parts: readonly ((shown: Shown) => HTMLElement[])[] = [
  (shown) => [leaderboardSection(shown)],
  (shown) => [scoresSection(shown)],
  (shown) => [parallelSection(shown)],
  (shown) => [layersSection(shown)],
  (shown) => [trainingSection(shown)],
  operationsSections,
];

/** Draws anew, and leaves open what was open and focused what was focused. */
function drawAll(): void {
  const open = [...document.querySelectorAll<HTMLDetailsElement>('details[data-key][open]')].map(
    ({ dataset }) => dataset.key,
  );
  const column = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.column : undefined;
  redraw();
  for (const details of document.querySelectorAll<HTMLDetailsElement>('details[data-key]')) {
    if (open.includes(details.dataset.key)) details.open = true;
  }
  if (column !== undefined) document.querySelector<HTMLElement>(`button[data-column="${CSS.escape(column)}"]`)?.focus();
}

function redraw(): void {
  document.title = `${data.name} – layersweep`;
  const shown = applyFilter(data, filter);
  bar.replaceChildren(filterBar(data, filter, onFilter));
  page.replaceChildren(answersSection(shown), ...parts.flatMap((part) => part(shown)));
  if (holder?.dataset.live === undefined) status.textContent = `as of ${timeText()}`;
}

/** The filter bar stays as it is, so that typing in it is not interrupted. */
function onFilter(next: Filter): void {
  filter = next;
  const shown = applyFilter(data, filter);
  page.replaceChildren(answersSection(shown), ...parts.flatMap((part) => part(shown)));
}

/** Not while a field is in use: a list that is open would close. */
function whenIdle(draw: () => void): void {
  const active = document.activeElement;
  if (active instanceof HTMLSelectElement || active instanceof HTMLInputElement) {
    active.addEventListener('blur', () => whenIdle(draw), { once: true });
  } else draw();
}

function timeText(): string {
  return `${new Date(data.madeAtMs).toISOString().replace('T', ' ').slice(0, 19)} UTC`;
}

function theme(): HTMLElement {
  const order: readonly string[] = ['auto', 'light', 'dark'];
  const next = (event: Event) => {
    const current = document.documentElement.dataset.theme ?? 'auto';
    const chosen = order[(order.indexOf(current) + 1) % order.length] ?? 'auto';
    document.documentElement.dataset.theme = chosen;
    (event.currentTarget as HTMLElement).textContent = `Theme: ${chosen}`;
  };
  return element('button', { type: 'button', click: next }, 'Theme: auto');
}

const contents = [
  'answers',
  'leaderboard',
  'scores',
  'parallel',
  'layers',
  'training',
  'timeline',
  'failures',
  'parity',
  'provenance',
];
document.body.append(
  element('a', { class: 'skip', href: '#answers' }, 'Skip to the answers'),
  element('header', {}, element('h1', {}, data.name), status, theme()),
  element('nav', { 'aria-label': 'Contents' }, ...contents.map((id) => element('a', { href: `#${id}` }, id))),
  bar,
  page,
);
drawAll();

let width = document.documentElement.clientWidth;
addEventListener('resize', () => {
  if (document.documentElement.clientWidth === width) return;
  width = document.documentElement.clientWidth;
  drawAll();
});

if (holder.dataset.live !== undefined) {
  follow(
    (fresh) => {
      data = fresh;
      whenIdle(drawAll);
    },
    (text) => {
      status.textContent = `${text}, as of ${timeText()}`;
    },
  );
}
