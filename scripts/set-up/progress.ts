import { setInterval } from 'node:timers';
import { createLogUpdate } from 'log-update';

/** Says what set-up does and how far it is. */
export type Progress = {
  /** Begins the next of the announced steps. */
  readonly step: (title: string) => void;
  /** What the step is doing at the moment; called whenever it is drawn. */
  readonly now: (activity: () => string) => void;
  /** Ends the step; `what` came of it. */
  readonly done: (what: string) => void;
  readonly note: (text: string) => void;
  readonly close: () => void;
};

const quietMs = 15_000;
const redrawMs = 200;

/** A line that is drawn anew on a terminal; elsewhere a line a step, and one every quarter of a minute. */
export function openProgress(steps: number, stream: NodeJS.WriteStream = process.stdout): Progress {
  const write = (line: string) => stream.write(`${line}\n`);
  const live = stream.isTTY ? createLogUpdate(stream) : undefined;
  let count = 0;
  let title = '';
  let activity = () => '';
  let startMs = 0;
  let saidMs = 0;
  const seconds = () => Math.round((performance.now() - startMs) / 1000);
  const status = () =>
    [`[${count}/${steps}] ${title}`, activity(), `${seconds()} s`].filter((part) => part !== '').join(' · ');
  const timer = setInterval(() => {
    if (title === '') return;
    if (live) live(status().slice(0, (stream.columns || 80) - 1));
    else if (performance.now() - saidMs > quietMs) {
      saidMs = performance.now();
      write(status());
    }
  }, redrawMs);
  timer.unref();
  return {
    step(next) {
      count += 1;
      title = next;
      activity = () => '';
      startMs = performance.now();
      saidMs = startMs;
      if (!live) write(`[${count}/${steps}] ${title}`);
    },
    now(next) {
      activity = next;
    },
    done(what) {
      live?.clear();
      write(`${live ? `[${count}/${steps}] ${title}: ` : '      '}${what}, ${seconds()} s`);
      title = '';
    },
    note(text) {
      live?.clear();
      write(text);
    },
    close() {
      clearInterval(timer);
      live?.clear();
    },
  };
}
