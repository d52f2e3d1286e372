import type { ReportData } from '../data.ts';
import { element, select } from './dom.ts';
import { askedText, distinct, type Filter } from './state.ts';

/** What narrows every table and chart of the page. */
export function filterBar(data: ReportData, filter: Filter, onChange: (filter: Filter) => void): HTMLElement {
  let current = filter;
  const change = (part: Partial<Filter>) => {
    current = { ...current, ...part };
    onChange(current);
  };
  const options = (values: readonly string[]) => ['', ...distinct(values)];
  const search = element('input', {
    type: 'search',
    placeholder: 'part of a name',
    value: filter.text,
    input: (event) => change({ text: (event.currentTarget as HTMLInputElement).value }),
  });
  return element(
    'form',
    { class: 'filters', role: 'search', 'aria-label': 'Filter', submit: (event) => event.preventDefault() },
    select('Task', options(data.arms.map(({ task }) => task)), filter.task, (task) => change({ task })),
    select('Strategy', options(data.arms.map(({ strategy }) => strategy).sort()), filter.strategy, (strategy) =>
      change({ strategy }),
    ),
    select('Sparsity', options(data.arms.map(askedText)), filter.asked, (asked) => change({ asked })),
    element('label', {}, 'Find ', search),
  );
}
