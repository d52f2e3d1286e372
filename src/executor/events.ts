import { closeSync, openSync, readSync } from 'node:fs';
import { errorCode } from '../store/atomic-file.ts';
import { eventSchema, type StageEvent } from '../wire/event.ts';
import { lastLines } from './tail.ts';

export type EventTail = {
  /** The events written since the last call. */
  readonly read: () => StageEvent[];
};

/** Follows an attempt's events.jsonl; a line still being written is left for the next call, a foreign one skipped. */
export function tailEvents(path: string): EventTail {
  let offset = 0;
  let partial = '';
  return {
    read: () => {
      const text = partial + readFrom(path, offset, (read) => (offset += read));
      const lines = text.split('\n');
      partial = lines.pop() ?? '';
      return lines.map(parseEvent).filter((event) => event !== undefined);
    },
  };
}

/** What the stage itself said of its end, if it did. */
export function lastFailedEvent(path: string): Extract<StageEvent, { event: 'failed' }> | undefined {
  const events = lastLines(path, 20).map(parseEvent);
  return events.filter((event) => event?.event === 'failed').at(-1);
}

function parseEvent(line: string): StageEvent | undefined {
  if (line === '') return undefined;
  try {
    return eventSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function readFrom(path: string, offset: number, advance: (read: number) => void): string {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
  try {
    const chunks: Buffer[] = [];
    let position = offset;
    for (;;) {
      const chunk = Buffer.alloc(65_536);
      const read = readSync(descriptor, chunk, 0, chunk.length, position);
      if (read === 0) break;
      chunks.push(chunk.subarray(0, read));
      position += read;
    }
    advance(position - offset);
    return Buffer.concat(chunks).toString('utf8');
  } finally {
    closeSync(descriptor);
  }
}
