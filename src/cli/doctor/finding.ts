/** One thing that a sweep needs, and how this machine stands with it. */
export type Finding = {
  readonly id: string;
  readonly title: string;
  /** `missing`: nothing runs without it; `warning`: something will be slower, or not to be had. */
  readonly state: 'ok' | 'warning' | 'missing';
  readonly found: string;
  /** The command that mends it; null where there is nothing to mend. */
  readonly mend: string | null;
};

export function ok(id: string, title: string, found: string): Finding {
  return { id, title, state: 'ok', found, mend: null };
}

export function missing(id: string, title: string, found: string, mend: string): Finding {
  return { id, title, state: 'missing', found, mend };
}

export function warning(id: string, title: string, found: string, mend: string | null): Finding {
  return { id, title, state: 'warning', found, mend };
}
