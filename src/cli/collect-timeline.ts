import type { TimelineEntry } from '../report/data.ts';
import type { JournalEvent } from '../store/journal-events.ts';
import type { ResolvedSweep } from '../store/sweep-folder.ts';

type Started = Extract<JournalEvent, { event: 'stage-started' }>;

/** When which stage ran on which device, from the journal; what has no end yet runs until now, or until the journal's end. */
export function timelineOf(events: readonly JournalEvent[], sweep: ResolvedSweep, endMs: number): TimelineEntry[] {
  const labels = new Map(sweep.stages.map(({ key, label, stage }) => [key, { label, stage }]));
  const open = new Map<string, Started>();
  const entries: TimelineEntry[] = [];
  const close = (key: string, atMs: number, state: TimelineEntry['state']): void => {
    const started = open.get(key);
    const named = labels.get(key);
    open.delete(key);
    if (!started || !named) return;
    const device = started.devices.join(', ') || 'cpu';
    entries.push({ ...named, device, attempt: started.attempt, startMs: started.atMs, endMs: atMs, state });
  };
  for (const event of events) {
    if (event.event === 'stage-started') open.set(event.key, event);
    if (event.event === 'stage-succeeded') close(event.key, event.atMs, 'finished');
    if (event.event === 'attempt-failed') close(event.key, event.atMs, 'failed');
    if (event.event === 'stage-ended') close(event.key, event.atMs, 'ended');
  }
  for (const key of [...open.keys()]) close(key, endMs, 'running');
  return entries.sort((a, b) => a.startMs - b.startMs);
}
