import type { RunRecord } from './records.ts';
import type { ParitySummary } from './rows.ts';

/** One verdict for a row: a single probe that disagrees fails it. */
export function summariseParity(runs: readonly RunRecord[]): ParitySummary {
  const finished = runs.filter(({ state }) => state === 'finished');
  const verdicts = finished.map(({ parity }) => parity);
  const agreeing = verdicts.filter((verdict) => verdict.kind === 'agrees');
  const disagreeing = verdicts.filter((verdict) => verdict.kind === 'disagrees');
  const without = verdicts.filter((verdict) => verdict.kind === 'none');
  const probes = agreeing.reduce((sum, verdict) => sum + verdict.probes, 0);
  if (disagreeing.length > 0) {
    return {
      verdict: 'disagrees',
      probes,
      details: disagreeing.map(({ probe, difference }) => `${probe}: ${difference}`),
    };
  }
  const reasons = [...new Set(without.map(({ reason }) => reason))];
  if (agreeing.length === 0) return { verdict: 'none', probes: 0, details: reasons };
  if (without.length > 0) return { verdict: 'partly', probes, details: reasons };
  return { verdict: 'agrees', probes, details: [] };
}
