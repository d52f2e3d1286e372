import pc from 'picocolors';
import type { RunningStage, Snapshot } from '../scheduler/snapshot.ts';
import { formatSeconds, type TimeLeft } from './time-left.ts';

export type ViewSize = { readonly columns: number; readonly rows: number };
export type ViewState = {
  readonly name: string;
  readonly snapshot: Snapshot;
  readonly timeLeft: TimeLeft | undefined;
  readonly message: string | undefined;
};

const barWidth = 16;

/** The live view as text that fits the terminal: never wider than `columns`, never longer than `rows` − 1 lines. */
export function renderView({ name, snapshot, timeLeft, message }: ViewState, { columns, rows }: ViewSize): string {
  const room = Math.max(1, rows - 1);
  const head = [headLine(name, snapshot, timeLeft), ...(message === undefined ? [] : [message])];
  const failed = snapshot.failed.map(({ label, message: why }) => `${pc.red('failed')}  ${label}: ${why}`);
  const idle = idleDevices(snapshot).map(({ label, drained, heldBy }) =>
    pc.dim(`${label.padEnd(6)} ${drained ? 'drained' : (heldBy ?? 'idle')}`),
  );
  const running = [...snapshot.running.map((stage) => runningLine(stage)), ...idle];
  const waiting = snapshot.waiting.map(({ label, waitsFor }) => pc.dim(`waits   ${label} for ${waitsFor}`));
  const space = room - head.length;
  const shownFailed = fitLines(failed, Math.max(1, Math.floor(space / 4)), 'failed');
  const shownRunning = fitLines(running, Math.max(1, space - shownFailed.length - 2), 'running or idle');
  const shownWaiting = fitLines(
    waiting,
    space - shownFailed.length - shownRunning.length,
    'waiting',
    snapshot.counts.waiting,
  );
  return [...head, ...shownRunning, ...shownWaiting, ...shownFailed]
    .slice(0, room)
    .map((line) => cut(line, columns))
    .join('\n');
}

/** Drained ones, and of the others as many as the sweep may still use, free ones first. */
function idleDevices({ devices, slots }: Snapshot): Snapshot['devices'] {
  const idle = devices.filter(({ runs }) => runs === 0);
  const free = idle.toSorted((a, b) => Number(a.heldBy !== undefined) - Number(b.heldBy !== undefined));
  let more = slots - (devices.length - idle.length);
  return free.filter(({ drained }) => drained || more-- > 0);
}

function headLine(name: string, { counts, paused, stopReason }: Snapshot, left: TimeLeft | undefined): string {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const parts = [`${counts.succeeded} of ${total} stages done`];
  if (counts.running + counts.following > 0) parts.push(`${counts.running + counts.following} running`);
  if (counts.failed > 0) parts.push(pc.red(`${counts.failed} failed`));
  if (counts.blocked > 0) parts.push(`${counts.blocked} cannot run`);
  if (stopReason !== undefined) parts.push(`ending: ${stopReason}`);
  else if (paused) parts.push('paused');
  else if (counts.succeeded < total) parts.push(left ? leftText(left) : 'time left not known yet');
  return `${pc.bold(name)}  ${parts.join(' · ')}`;
}

function leftText({ seconds, low, high, byOthers }: TimeLeft): string {
  const [from, to] = [formatSeconds(low), formatSeconds(high)];
  const doubts = [
    ...(from === to ? [] : [`${from} to ${to}`]),
    ...(byOthers.length === 0 ? [] : [`${byOthers.join(' and ')} judged by other sweeps`]),
  ];
  return `${formatSeconds(seconds)} left${doubts.length === 0 ? '' : ` (${doubts.join(', ')})`}`;
}

function runningLine({ devices, label, progress, seconds, attempt, followed }: RunningStage): string {
  const place = (devices.length > 0 ? devices.join('+') : 'other').padEnd(6);
  const fraction = progress.totalSteps > 0 ? Math.min(1, progress.step / progress.totalSteps) : 0;
  const bar = `${'█'.repeat(Math.round(fraction * barWidth))}${'░'.repeat(barWidth - Math.round(fraction * barWidth))}`;
  const parts = [
    pc.cyan(place),
    bar,
    progress.totalSteps > 0 ? `${String(Math.floor(fraction * 100)).padStart(3)}%` : '    ',
    formatSeconds(seconds).padStart(6),
    label,
    ...(attempt > 1 ? [pc.yellow(`attempt ${attempt}`)] : []),
    ...(followed ? [pc.dim('started elsewhere')] : []),
    ...(progress.phase === undefined ? [] : [pc.dim(progress.phase)]),
    ...metricsText(progress.metrics),
  ];
  return parts.join(' ');
}

function metricsText(metrics: Readonly<Record<string, number | null>>): string[] {
  return Object.entries(metrics)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${pc.dim(name)} ${Number(value?.toPrecision(3))}`);
}

function fitLines(lines: readonly string[], room: number, what: string, total: number = lines.length): string[] {
  if (room <= 0) return [];
  if (total <= room) return [...lines];
  const shown = lines.slice(0, room - 1);
  return [...shown, pc.dim(`… and ${total - shown.length} more ${what}`)];
}

/** What colours text: the escape character, codes, `m`. */
const colour = new RegExp(`(${String.fromCharCode(27)}\\[[0-9;]*m)`);

/** Cuts a line to a width, colours not counted; whatever else a name or a message would do to the terminal is left out. */
export function cut(line: string, columns: number): string {
  // Every second part is a colour.
  const parts = line.split(colour).map((part, index) => (index % 2 === 1 ? part : part.replaceAll(/\p{Cc}/gu, ' ')));
  const width = parts.reduce((sum, part, index) => sum + (index % 2 === 0 ? [...part].length : 0), 0);
  if (width <= columns) return parts.join('');
  if (columns <= 0) return '';
  let room = columns - 1;
  const shown = parts.map((part, index) => {
    if (index % 2 === 1) return part;
    const text = [...part].slice(0, room);
    room -= text.length;
    return text.join('');
  });
  return `${shown.join('')}…`;
}
