type Child = Node | string | null;
type Attributes = Readonly<Record<string, string | number | boolean | ((event: Event) => void) | null>>;

/** A new element. Text goes in as text only, so that no name in the data can become markup. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== false && value !== null) made.setAttribute(name, String(value));
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** A section of the page with its heading and what explains it. */
export function section(id: string, title: string, lead: string, ...children: readonly Child[]): HTMLElement {
  return element(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    element('h2', { id: `${id}-title` }, title),
    lead === '' ? null : element('p', { class: 'lead' }, lead),
    ...children,
  );
}

/** A table of text. */
export function plainTable(head: readonly string[], rows: readonly (readonly string[])[]): HTMLTableElement {
  return element(
    'table',
    {},
    element('thead', {}, element('tr', {}, ...head.map((title) => element('th', { scope: 'col' }, title)))),
    element('tbody', {}, ...rows.map((row) => element('tr', {}, ...row.map((cell) => element('td', {}, cell))))),
  );
}

export function select(
  label: string,
  options: readonly string[],
  chosen: string,
  onChange: (value: string) => void,
): HTMLLabelElement {
  const field = element(
    'select',
    { change: (event) => onChange((event.currentTarget as HTMLSelectElement).value) },
    ...options.map((option) =>
      element('option', { value: option, selected: option === chosen }, option === '' ? 'all' : option),
    ),
  );
  return element('label', {}, `${label} `, field);
}
