import type { ReportData } from '../data.ts';

/** Longest wait between two attempts to reach the server again. */
const longestWaitMs = 15_000;

/** Follows the server that the page came from: new data whenever there is some, and whether it answers. */
export function follow(onData: (data: ReportData) => void, onState: (text: string) => void): void {
  let waitMs = 1000;
  const connect = () => {
    const source = new EventSource('events');
    source.addEventListener('open', () => {
      waitMs = 1000;
      onState('live');
      // What changed while there was no connection was not announced.
      void load();
    });
    source.addEventListener('changed', () => {
      void load();
    });
    source.addEventListener('error', () => {
      // A new one rather than the browser's own retry, which gives up for good on some answers.
      source.close();
      onState('not connected, trying again');
      setTimeout(connect, waitMs);
      waitMs = Math.min(longestWaitMs, 2 * waitMs);
    });
  };
  const load = async () => {
    try {
      const answer = await fetch('data.json', { cache: 'no-store' });
      if (answer.ok) onData((await answer.json()) as ReportData);
    } catch {
      onState('not connected, trying again');
    }
  };
  connect();
}
