import type { ReportArm, ReportColumn } from '../data.ts';
import { element, section } from './dom.ts';
import type { Shown } from './state.ts';

type Sort = { readonly column: string; readonly descending: boolean } | null;

/** Rows drawn at once; the others come on request, so that a page of thousands stays quick. */
const firstRows = 300;

let sort: Sort = null;
let allColumns = false;
let allRows = false;

/** The leaderboard: sorted by any column, filtered by the bar above. */
export function leaderboardSection(shown: Shown): HTMLElement {
  const { data, arms } = shown;
  const host = element('div', { class: 'table-host' });
  const draw = () => host.replaceChildren(...table(shown, draw));
  draw();
  const { finished, runs, failed, waiting } = data.counts;
  return section(
    'leaderboard',
    'Leaderboard',
    `${arms.length} of ${data.arms.length} configurations; ${finished} of ${runs} runs finished, ${failed} failed, ${waiting} waiting. Scores and sparsities in percent.`,
    host,
    element('ul', { class: 'notes' }, ...data.notes.map((note) => element('li', {}, note))),
  );
}

function table(shown: Shown, redraw: () => void): Node[] {
  const columns = shown.data.columns
    .map((column, index) => ({ ...column, index }))
    .filter(({ narrow }) => allColumns || narrow);
  const rows = sorted(shown.arms, shown.data.columns);
  const visible = allRows ? rows : rows.slice(0, firstRows);
  return [
    element(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Leaderboard table' },
      element(
        'table',
        {},
        element('thead', {}, element('tr', {}, ...columns.map((column) => header(column, redraw)))),
        element(
          'tbody',
          {},
          ...visible.map((arm) =>
            element(
              'tr',
              { class: rowClass(arm) },
              ...columns.map(({ index, align }) => cell(align, arm.cells[index]?.text ?? '')),
            ),
          ),
        ),
      ),
    ),
    element(
      'p',
      { class: 'controls' },
      toggle(allColumns ? 'Fewer columns' : `All ${shown.data.columns.length} columns`, () => {
        allColumns = !allColumns;
        redraw();
      }),
      ...(rows.length > visible.length
        ? [
            toggle(`Show all ${rows.length} rows`, () => {
              allRows = true;
              redraw();
            }),
          ]
        : []),
    ),
  ];
}

/** Long texts get room to wrap in; numbers and names stay on one line. */
function cell(align: string, text: string): HTMLElement {
  return element('td', { class: text.length > 24 ? `${align} long` : align }, text);
}

function header(column: ReportColumn, redraw: () => void): HTMLElement {
  const current = sort?.column === column.id ? sort : null;
  const direction = current === null ? 'none' : current.descending ? 'descending' : 'ascending';
  const arrow = current === null ? '' : current.descending ? ' ▼' : ' ▲';
  return element(
    'th',
    { class: column.align, 'aria-sort': direction, scope: 'col' },
    element(
      'button',
      {
        type: 'button',
        'data-column': column.id,
        click: () => {
          // Numbers are mostly wanted from the top, names from the beginning.
          sort = { column: column.id, descending: current === null ? column.align === 'right' : !current.descending };
          redraw();
          document.querySelector<HTMLElement>(`button[data-column="${CSS.escape(column.id)}"]`)?.focus();
        },
      },
      `${column.title}${arrow}`,
    ),
  );
}

function sorted(arms: readonly ReportArm[], columns: readonly ReportColumn[]): ReportArm[] {
  const index = columns.findIndex(({ id }) => id === sort?.column);
  if (sort === null || index === -1) return [...arms];
  const sign = sort.descending ? -1 : 1;
  return [...arms].sort((a, b) => {
    const [left, right] = [a.cells[index]?.value ?? null, b.cells[index]?.value ?? null];
    // What is unknown comes last either way.
    if (left === null || left === '') return right === null || right === '' ? 0 : 1;
    if (right === null || right === '') return -1;
    if (typeof left === 'number' && typeof right === 'number') return sign * (left - right);
    return sign * String(left).localeCompare(String(right), 'en', { numeric: true });
  });
}

function rowClass(arm: ReportArm): string {
  return arm.cells.some(({ text }) => text.includes('PARITY FAILED')) ? 'wrong' : '';
}

function toggle(text: string, onClick: () => void): HTMLElement {
  return element('button', { type: 'button', click: onClick }, text);
}
