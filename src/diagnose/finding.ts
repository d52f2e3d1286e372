/** What is known of one published defect in a run or a checkout. */
export type Finding = {
  readonly id: string;
  readonly title: string;
  readonly verdict: 'hit' | 'clear' | 'unknown';
  /** What was read, with numbers. */
  readonly evidence: string;
  /** How much it matters here, and what mends it; empty where the verdict is not `hit`. */
  readonly consequence: string;
};

export function hit(id: string, title: string, evidence: string, consequence: string): Finding {
  return { id, title, verdict: 'hit', evidence, consequence };
}

export function clear(id: string, title: string, evidence: string): Finding {
  return { id, title, verdict: 'clear', evidence, consequence: '' };
}

export function unknown(id: string, title: string, missing: string): Finding {
  return { id, title, verdict: 'unknown', evidence: `cannot be told: ${missing}`, consequence: '' };
}
