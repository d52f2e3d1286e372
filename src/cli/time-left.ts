import type { Snapshot } from '../scheduler/snapshot.ts';

/** Seconds that finished stages took, by kind. */
export type Durations = {
  /** In this sweep. */
  readonly own: ReadonlyMap<string, readonly number[]>;
  /** In all sweeps of its results folder. */
  readonly others: () => ReadonlyMap<string, readonly number[]>;
};
export type TimeLeft = {
  readonly seconds: number;
  readonly low: number;
  readonly high: number;
  /** Kinds of stages that were seen in other sweeps only, of other sizes perhaps. */
  readonly byOthers: readonly string[];
};

/** A single duration says little of the next one: taken for a relative standard deviation. */
const spreadOfOne = 0.3;

/**
 * Time to the sweep's end from durations seen, ± two standard deviations; undefined while a kind of stage that is
 * still to come has never been seen.
 */
export function timeLeft(snapshot: Snapshot, durations: Durations): TimeLeft | undefined {
  let seconds = 0;
  let variance = 0;
  let systematic = 0;
  const byOthers: string[] = [];
  for (const [kind, count] of Object.entries(snapshot.remaining)) {
    const running = snapshot.running.filter((stage) => stage.kind === kind);
    const own = durations.own.get(kind) ?? running.map(projected).filter((whole) => whole !== undefined);
    const seen = own.length > 0 ? own : (durations.others().get(kind) ?? []);
    if (seen.length === 0) return undefined;
    const { mean, deviation } = spread(seen);
    const elapsed = running.reduce((sum, stage) => sum + Math.min(stage.seconds, mean), 0);
    seconds += count * mean - elapsed;
    if (own.length > 0) variance += count * deviation ** 2;
    else {
      // Other settings make all stages of a kind longer or shorter together.
      systematic += count * Math.max(deviation, mean * spreadOfOne);
      byOthers.push(kind);
    }
  }
  const slots = Math.max(1, Math.min(snapshot.slots, snapshot.devices.filter(({ drained }) => !drained).length));
  const margin = (2 * (Math.sqrt(variance) + systematic)) / slots;
  const expected = Math.max(0, seconds) / slots;
  return {
    seconds: expected,
    low: Math.max(0, expected - margin),
    high: expected + margin,
    byOthers,
  };
}

/** What a running stage will have taken, from how far it is. */
function projected({ seconds, progress }: Snapshot['running'][number]): number | undefined {
  return progress.step > 0 && progress.totalSteps > 0 ? (seconds * progress.totalSteps) / progress.step : undefined;
}

function spread(values: readonly number[]): {
  mean: number;
  deviation: number;
} {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  if (values.length < 2) return { mean, deviation: mean * spreadOfOne };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

/** 75 → `1m15s`, 4000 → `1h07m`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  const pad = (value: number): string => String(value).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${pad(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${pad(Math.floor((whole % 3600) / 60))}m`;
}
