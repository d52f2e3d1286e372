import { mean } from 'simple-statistics';
import type { LeaderboardRow } from './rows.ts';

/** Where a row's numbers come from: what its runs have in common, each once. */
export type RowProvenance = {
  readonly devices: readonly string[];
  readonly packages: readonly string[];
  /** Mean of a run, stages that it shares with others included. */
  readonly seconds: number | null;
  readonly steps: number | null;
};

export function rowProvenance({ records }: Pick<LeaderboardRow, 'records'>): RowProvenance {
  const known = records.flatMap(({ provenance }) => provenance ?? []);
  return {
    devices: [...new Set(known.map(({ device }) => device))].sort(),
    packages: [...new Set(known.map(({ packages }) => packagesText(packages)))].sort(),
    seconds: known.length === 0 ? null : mean(known.map(({ seconds }) => seconds)),
    steps: known.length === 0 ? null : mean(known.map(({ steps }) => steps)),
  };
}

/** For a table as a whole: on what, and with which packages, its runs were made. */
export function provenanceNotes(rows: readonly LeaderboardRow[]): string[] {
  const { devices, packages } = rowProvenance({ records: rows.flatMap(({ records }) => records) });
  if (devices.length === 0) return [];
  const mixed =
    devices.length > 1 || packages.length > 1
      ? ' Runs of one table that differ in these may differ in their numbers too: CSV and JSON say which row is which.'
      : '';
  return [`Made on ${devices.join('; ')} with ${packages.join('; ')}.${mixed}`];
}

export function packagesText(packages: Readonly<Record<string, string>>): string {
  return Object.entries(packages)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}
