import { closeSync, fdatasync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compiledWhenUsed } from '../wire/compiled.ts';
import { errorCode, namingPath } from './atomic-file.ts';
import { StoreError } from './errors.ts';
import { type JournalEntry, type JournalEvent, journalEventSchema } from './journal-events.ts';
import { shellWord } from './shell-word.ts';

export type Journal = {
  /** Queues one line; it is written at once and synced together with its neighbours. */
  readonly append: (entry: JournalEntry) => void;
  /** Resolves when every line so far is on the disk; rejects where it could not be written. */
  readonly synced: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** The most that a loss of power, but no kill, can cost. */
const syncIntervalMs = 100;

/** Opens a journal for its only writer; a torn last line, of a writer that was killed, is cut off first. */
export function openJournal(path: string, nowMs: () => number = Date.now): Journal {
  const descriptor = openSync(path, 'a+');
  const bytes = readFileSync(path);
  const complete = bytes.lastIndexOf(0x0a) + 1;
  if (complete < bytes.length) ftruncateSync(descriptor, complete);
  let size = complete;
  let failure: unknown;
  let syncing: Promise<void> | undefined;
  let dirty = false;
  let syncedAtMs = Number.NEGATIVE_INFINITY;

  function append(entry: JournalEntry): void {
    if (failure !== undefined) return;
    const line = Buffer.from(`${JSON.stringify({ schemaVersion: 1, atMs: nowMs(), ...entry })}\n`);
    try {
      writeWhole(descriptor, line);
      size += line.length;
      dirty = true;
      syncing ??= syncOnce();
    } catch (error) {
      failure = namingPath(error, path);
      // Half a line must not be followed by another.
      ftruncateSync(descriptor, size);
    }
  }

  async function synced(): Promise<void> {
    while (syncing !== undefined) await syncing;
    if (failure !== undefined) throw failure;
  }

  async function syncOnce(): Promise<void> {
    // Syncing makes a disk commit everything else too, so lines that come close together share one.
    await sleep(Math.max(0, syncedAtMs + syncIntervalMs - performance.now()));
    syncedAtMs = performance.now();
    dirty = false;
    try {
      await new Promise<void>((resolve, reject) =>
        fdatasync(descriptor, (error) => (error ? reject(error) : resolve())),
      );
    } catch (error) {
      failure ??= error;
    }
    syncing = dirty ? syncOnce() : undefined;
  }

  return {
    append,
    synced,
    close: async () => {
      try {
        await synced();
      } finally {
        closeSync(descriptor);
      }
    },
  };
}

/** All events of a journal, none where there is no file; a torn last line is left out. */
export function readJournal(path: string): JournalEvent[] {
  const events: JournalEvent[] = [];
  for (const [index, line] of completeLines(path).entries()) {
    const event = parseLine(line);
    if (!event) {
      throw new StoreError(
        `${path}:${index + 1}: Expected a journal event, found ${JSON.stringify(line.slice(0, 60))}: the file was damaged. ` +
          `Results are not affected. Set the damaged lines aside: npx layersweep repair ${basename(dirname(path))} --results ${shellWord(dirname(dirname(path)))}`,
      );
    }
    events.push(event);
  }
  return events;
}

/** For readers that only show what there is: the sound events, and a sentence where others are damaged; a torn last line is left out. */
export function readSoundEvents(path: string): { events: JournalEvent[]; damage: string | null } {
  const name = basename(dirname(path));
  let parsed: (JournalEvent | undefined)[];
  try {
    parsed = completeLines(path).map(parseLine);
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    return { events: [], damage: `${name}/${basename(path)} cannot be read (${code}): failures and times are missing` };
  }
  const events = parsed.flatMap((event) => event ?? []);
  const damaged = parsed.length - events.length;
  if (damaged === 0) return { events, damage: null };
  const lines = `${damaged} of the ${parsed.length} lines of ${name}/${basename(path)}`;
  return {
    events,
    damage: `${lines} are damaged: failures and times may be missing. Mend: npx layersweep repair ${name}`,
  };
}

/** A journal's readable lines and the damaged ones, the torn last line among them. */
export function sortLines(path: string): {
  readable: string[];
  damaged: string[];
} {
  const readable: string[] = [];
  const damaged: string[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line !== '') (parseLine(line) ? readable : damaged).push(line);
  }
  return { readable, damaged };
}

function completeLines(path: string): string[] {
  try {
    // What follows the last newline is torn, or nothing.
    return readFileSync(path, 'utf8').split('\n').slice(0, -1);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

const eventSchema = compiledWhenUsed(journalEventSchema);

function parseLine(line: string): JournalEvent | undefined {
  try {
    return eventSchema().parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function writeWhole(descriptor: number, bytes: Buffer): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(descriptor, bytes, written);
}
