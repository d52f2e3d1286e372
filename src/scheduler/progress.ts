import { type EventTail, tailEvents } from '../executor/events.ts';

/** How far a running attempt is, from its events. */
export type Progress = {
  readonly phase: string | undefined;
  readonly step: number;
  readonly totalSteps: number;
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly warnings: readonly string[];
};

export type ProgressWatch = {
  readonly progress: () => Progress;
  /** Reads what is new; true where there was anything. */
  readonly poll: () => boolean;
};

export function watchProgress(eventsPath: string): ProgressWatch {
  const tail: EventTail = tailEvents(eventsPath);
  let progress: Progress = {
    phase: undefined,
    step: 0,
    totalSteps: 0,
    metrics: {},
    warnings: [],
  };
  return {
    progress: () => progress,
    poll: () => {
      const events = tail.read();
      for (const event of events) {
        if (event.event === 'progress') {
          progress = {
            ...progress,
            phase: event.phase,
            step: event.step,
            totalSteps: event.totalSteps,
          };
        } else if (event.event === 'metrics') {
          progress = {
            ...progress,
            metrics: { ...progress.metrics, ...event.values },
          };
        } else if (event.event === 'warning') {
          progress = {
            ...progress,
            warnings: [...progress.warnings, event.message],
          };
        }
      }
      return events.length > 0;
    },
  };
}
