import { replicateKey } from './configuration.ts';
import type { Choices, RunRecord } from './records.ts';

/** How often two arms chose differently over the seeds they share. */
export type ChoiceDifference = {
  readonly arm: string;
  /** Share of the steps both recorded, 0 to 1. */
  readonly share: number;
  readonly steps: number;
};

/** At how many of their common steps two runs drew or matched differently. */
export function compareChoices(a: Choices, b: Choices): { differing: number; steps: number } {
  let differing = 0;
  let steps = 0;
  let j = 0;
  for (const [i, step] of a.steps.entries()) {
    // Both lists of steps ascend.
    while (j < b.steps.length && (b.steps[j] ?? 0) < step) j++;
    if (b.steps[j] !== step) continue;
    steps++;
    if (!sameChoice(a, i, b, j)) differing++;
  }
  return { differing, steps };
}

/** Of one arm's runs, how often each other arm chose differently with the same seed; arms without common steps are left out. */
export function choiceDifferences(
  own: readonly RunRecord[],
  others: ReadonlyMap<string, readonly RunRecord[]>,
): ChoiceDifference[] {
  return [...others].flatMap(([arm, records]) => {
    const bySeed = new Map(records.map((record) => [replicateKey(record), record.prune?.choices ?? null]));
    let differing = 0;
    let steps = 0;
    for (const record of own) {
      const mine = record.prune?.choices;
      const theirs = bySeed.get(replicateKey(record));
      if (!mine || !theirs) continue;
      const counted = compareChoices(mine, theirs);
      differing += counted.differing;
      steps += counted.steps;
    }
    return steps === 0 ? [] : [{ arm, share: differing / steps, steps }];
  });
}

function sameChoice(a: Choices, i: number, b: Choices, j: number): boolean {
  return same(a.drawnLayers[i], b.drawnLayers[j]) && same(a.alignments[i], b.alignments[j]);
}

function same(a: readonly number[] = [], b: readonly number[] = []): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
