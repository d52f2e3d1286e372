import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

export type Measured = { readonly seconds: number; readonly peakMiB: number };
export type Times = { readonly startMs: number; readonly endMs: number };

const memoryPollMs = 50;
let measured: ChildProcess | undefined;

/** Ends what is being measured, which fails then. */
export function endMeasured(): void {
  measured?.kill('SIGTERM');
}

/** Runs a Node script to its end: wall time, and the most memory that its own process ever held. */
export async function measureNode(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Measured> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'], env });
  measured = child;
  let peakMiB = 0;
  const timer = setInterval(() => (peakMiB = Math.max(peakMiB, peakOf(child))), memoryPollMs);
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  clearInterval(timer);
  if (code !== 0) throw new Error(`Expected ${args.join(' ')} to end well, it ended with ${code ?? signal}`);
  return { seconds: (performance.now() - startedMs) / 1000, peakMiB };
}

function peakOf({ pid }: ChildProcess): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    // It has just ended.
    return 0;
  }
}

/** Milliseconds a run over a slice of runs in the order of their ends. */
export function pace(times: readonly Times[], from: number, to: number): number {
  const ends = times.map(({ endMs }) => endMs).sort((a, b) => a - b);
  const slice = ends.slice(from, to);
  return ((slice.at(-1) ?? 0) - (slice[0] ?? 0)) / Math.max(1, slice.length - 1);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
