import type { EngineEvent } from '../scheduler/context.ts';
import { formatSeconds } from './time-left.ts';

/** One line for what a person would want to know of an event; undefined for what is of no interest without a terminal. */
export function plainLine(event: EngineEvent): string | undefined {
  switch (event.kind) {
    case 'started':
      return `started   ${event.spec.label} on ${event.devices.join(', ')}${event.attempt > 1 ? `, attempt ${event.attempt}` : ''}`;
    case 'followed':
      return followedLine(event);
    case 'succeeded':
      return event.cached
        ? `found     ${event.spec.label}: finished earlier`
        : `finished  ${event.spec.label} in ${formatSeconds(event.seconds)}`;
    case 'device-wait':
      return `waiting   ${event.spec.label} for ${event.waitsFor}`;
    case 'attempt-failed':
      return `again     ${event.spec.label}: ${event.failure.message}${event.retryInMs > 0 ? `; next attempt in ${formatSeconds(event.retryInMs / 1000)}` : ''}`;
    case 'failed':
      return `${event.earlier ? 'failed earlier' : 'FAILED   '} ${event.spec.label}: ${event.failure.message}`;
    case 'blocked':
      return `cannot    run ${event.count} stages: they need ${event.by}`;
    case 'notice':
      return event.message;
    case 'progress':
      return undefined;
    default:
      event satisfies never;
      return undefined;
  }
}

function followedLine({ spec: { label }, owner, host }: Extract<EngineEvent, { kind: 'followed' }>): string {
  switch (owner) {
    case 'another-sweep':
      return `waiting   ${label}: another sweep is running it`;
    case 'another-host':
      return `waiting   ${label}: it runs on ${host ?? 'another host'}, whose processes cannot be seen from here`;
    case 'nobody':
      return `adopted   ${label}: it went on running`;
  }
}
