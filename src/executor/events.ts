import { eventSchema, type StageEvent } from '../wire/event.ts';
import { followText, lastLines } from './tail.ts';

export type EventTail = {
  /** The events written since the last call. */
  readonly read: () => StageEvent[];
};

/** Follows an attempt's events.jsonl; a line still being written is left for the next call, a foreign one skipped. */
export function tailEvents(path: string): EventTail {
  const tail = followText(path);
  return {
    read: () =>
      tail
        .readLines()
        .map(parseEvent)
        .filter((event) => event !== undefined),
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
