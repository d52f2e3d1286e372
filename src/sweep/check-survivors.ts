import type { Strategy } from '../strategy/specification/strategy.ts';
import { gateThreshold } from './gate-threshold.ts';
import type { PlainParameters } from './parameters.ts';

type GateValues = Partial<Pick<PlainParameters, 'gates' | 'gate_temperature' | 'initial_logit'>>;

const decidingGates = {
  head: ['attention-layer'],
  mlp: ['feed-forward-layer'],
  'head-or-mlp': ['attention-layer', 'feed-forward-layer'],
} as const;

/** Why a strategy that matches survivors alone would find none where the gates start; undefined: it finds all. */
export function noSurvivorAtFirst(strategy: Strategy, label: string, values: GateValues): string | undefined {
  if (strategy.kind !== 'composed' || strategy.survivors === 'all') return undefined;
  const { gates, gate_temperature: temperature, initial_logit: logit } = values;
  if (gates === undefined || temperature === undefined || logit === undefined) return undefined;
  if (!decidingGates[strategy.survivors].every((gate) => gates.includes(gate))) return undefined;
  const threshold = gateThreshold(temperature);
  if (logit >= threshold) return undefined;
  return (
    `No student layer survives where the gates start: at initial_logit ${logit} the gate of a sublayer is off, and strategy ` +
    `"${label}" matches survivors alone. Expected at least ${threshold.toFixed(2)}, or a strategy with survivors all`
  );
}
