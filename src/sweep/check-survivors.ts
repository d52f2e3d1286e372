import type { Strategy } from '../strategy/specification/strategy.ts';
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
  const threshold = temperature * Math.log(stretch.below / stretch.above);
  if (logit >= threshold) return undefined;
  return (
    `No student layer survives where the gates start: at initial_logit ${logit} the gate of a sublayer is off, and strategy ` +
    `"${label}" matches survivors alone. Expected at least ${threshold.toFixed(2)}, or a strategy with survivors all`
  );
}

/** How far hard-concrete gates are stretched beyond 0 and 1 (Louizos et al. 2018): a gate is as likely on as off where its logit is temperature · ln(0.1 / 1.1). */
const stretch = { below: 0.1, above: 1.1 };
