import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCode, readFileIfAny, removeFile, writeFileAtomic } from '../store/atomic-file.ts';
import { identitySchema, livenessOf } from '../store/identity.ts';

/** A process that runs a sweep, and the sweep's name where it says so. */
export const orchestratorSchema = identitySchema.extend({ sweep: z.string().optional() });
export type Orchestrator = z.infer<typeof orchestratorSchema>;

/** Left by a sweep that waits for devices which others hold, so that they let it have its turn. */
const markSchema = z.strictObject({
  schemaVersion: z.literal(1),
  orchestrator: orchestratorSchema,
  /** Any `count` of these would do, but for what others hold of them. */
  devices: z.array(z.string()),
  count: z.int().min(1),
  /** On the clock that all processes share from boot on, whatever becomes of the wall clock. */
  sinceMs: z.number(),
  saidAgainMs: z.number(),
});
type Mark = z.infer<typeof markSchema>;

export type Wanted = Pick<Mark, 'devices' | 'count'>;

/** Sweeps that wait for devices get them in the order in which they began to wait. */
export type Turns = {
  /** Says that this sweep waits; it must be said again, or the others take it for frozen. */
  readonly wait: (wanted: Wanted) => void;
  readonly stopWaiting: () => void;
  /** Ends the waiting, and begins or goes on with a turn. */
  readonly taken: () => void;
  /** Devices that this sweep must leave to others that wait, and to whom; the emptiest, by what share of each is held. */
  readonly ofOthers: (shareOf: (device: string) => number) => ReadonlyMap<string, Orchestrator>;
};

/** Short stages are started one after the other for so long: to give way after each would leave devices idle meanwhile. */
const turnMs = 2000;
/** Whoever waits says so every 250 ms. For one that does not, because it is stopped, nothing is left idle. */
const frozenMs = 1000;

let tables = 0;

export function openTurns(dir: string, orchestrator: Orchestrator): Turns {
  tables += 1;
  const ownName = `${orchestrator.pid}-${orchestrator.startTime}-${tables}.json`;
  let waitingSinceMs: number | undefined;
  let takenMs = Number.NEGATIVE_INFINITY;

  function stopWaiting(): void {
    if (waitingSinceMs === undefined) return;
    waitingSinceMs = undefined;
    removeFile(join(dir, ownName));
  }

  function goesFirst({ sinceMs }: Mark, nowMs: number): boolean {
    if (waitingSinceMs !== undefined) return sinceMs < waitingSinceMs;
    return nowMs - sinceMs >= turnMs || nowMs - takenMs >= turnMs;
  }

  return {
    wait: ({ devices, count }) => {
      const saidAgainMs = monotonicMs();
      waitingSinceMs ??= saidAgainMs;
      const mark: Mark = { schemaVersion: 1, orchestrator, devices, count, sinceMs: waitingSinceMs, saidAgainMs };
      writeFileAtomic(join(dir, ownName), `${JSON.stringify(mark)}\n`);
    },
    stopWaiting,
    taken: () => {
      takenMs = monotonicMs();
      stopWaiting();
    },
    ofOthers: (shareOf) => {
      const kept = new Map<string, Orchestrator>();
      const names = namesIn(dir).filter((name) => name.endsWith('.json') && name !== ownName);
      if (names.length === 0) return kept;
      const nowMs = monotonicMs();
      const marks = names
        .map((name) => readMark(join(dir, name)))
        .filter((mark) => mark !== undefined)
        .filter((mark) => Math.abs(nowMs - mark.saidAgainMs) < frozenMs && goesFirst(mark, nowMs))
        .sort((a, b) => a.sinceMs - b.sinceMs);
      for (const { devices, count, orchestrator: who } of marks) {
        const emptiest = devices
          .filter((device) => !kept.has(device))
          .sort((a, b) => shareOf(a) - shareOf(b))
          .slice(0, count);
        for (const device of emptiest) kept.set(device, who);
      }
      return kept;
    },
  };
}

/** Of a process that lives: what a killed one left is removed. */
function readMark(path: string): Mark | undefined {
  const text = readFileIfAny(path);
  if (text === undefined) return undefined;
  try {
    const mark = markSchema.parse(JSON.parse(text));
    if (livenessOf(mark.orchestrator) !== 'dead') return mark;
  } catch {
    // Of another version.
    return undefined;
  }
  removeFile(path);
  return undefined;
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    // An earlier version made the table, or somebody sweeps it away.
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
