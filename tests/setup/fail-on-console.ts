import { afterEach, beforeEach, expect, vi } from 'vitest';

/** Source outside src/cli prints nothing, and a test that prints hides what another says. */
const methods = ['log', 'info', 'warn', 'error', 'debug'] as const;

beforeEach(() => {
  for (const method of methods)
    vi.spyOn(console, method).mockImplementation((...words) => void said.push([method, ...words]));
});

afterEach(() => {
  const heard = said.splice(0);
  vi.restoreAllMocks();
  expect(heard, 'printed with console during the test').toEqual([]);
});

const said: unknown[][] = [];
