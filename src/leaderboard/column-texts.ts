import { scaled } from './column.ts';
import { points, signedPoints } from './format.ts';
import type { LeaderboardRow } from './rows.ts';

export function meanAndDeviation(mean: number, deviation: number | null): string {
  return deviation === null ? points(mean) : `${points(mean)} ± ${points(deviation)}`;
}

export function scoresBySeed(digits: number | null): (row: LeaderboardRow) => string {
  return ({ scores }) =>
    scores
      .map(
        ({ replicate, score }) =>
          `${replicate.replace(/^imported /, '')}: ${digits === null ? scaled(score) : points(score, digits)}`,
      )
      .join('; ');
}

export function differenceText(row: LeaderboardRow): string {
  if (row.difference.kind === 'baseline') return '–';
  if (row.difference.kind === 'identical') return 'identical';
  const compared = comparison(row);
  return compared ? signedPoints(compared.mean) : '';
}

/** From the nearest arm, which says whether this one is an arm of its own. */
export function nearestChoice({ choices }: LeaderboardRow): string {
  const [nearest] = [...choices].sort((a, b) => a.share - b.share);
  return nearest ? `${nearest.arm} ${points(nearest.share, 1)}%` : '';
}

export function allChoices({ choices }: LeaderboardRow): string {
  return choices.map(({ arm, share }) => `${arm} ${points(share, 1)}%`).join(', ');
}

export function reportedDifference({ reported }: LeaderboardRow): string {
  if (!reported) return '';
  const tolerance = reported.tolerance === null ? '' : ` (${reported.tolerance.toFixed(1)})`;
  return `${signedPoints(reported.difference / 100, 1)}${tolerance}`;
}

export function parityText({ parity }: LeaderboardRow): string {
  switch (parity.verdict) {
    case 'agrees':
      return `ok (${parity.probes})`;
    case 'partly':
      return `ok (${parity.probes}), not all`;
    case 'disagrees':
      return 'FAILED';
    case 'none':
      return '–';
  }
}

export function comparison({ difference }: LeaderboardRow) {
  return difference.kind === 'compared' ? difference.comparison : null;
}
