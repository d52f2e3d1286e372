import * as Plot from '@observablehq/plot';
import { chartWidth, figure, nameMargin, show } from './chart.ts';
import { stageScale } from './colours.ts';
import { element, plainTable, section } from './dom.ts';
import { distinct, type Shown, type ShownRun } from './state.ts';

const firstEntries = 2000;
const firstRows = 200;

/** What ran where and when, what failed, and where every number comes from. */
export function operationsSections(shown: Shown): HTMLElement[] {
  return [timelineSection(shown), failuresSection(shown), paritySection(shown), provenanceSection(shown)];
}

function timelineSection({ data }: Shown): HTMLElement {
  const entries = data.timeline.slice(0, firstEntries);
  const [first] = entries;
  if (!first)
    return section('timeline', 'Timeline', 'Nothing was run here: the results were found finished, or imported.');
  const devices = distinct(entries.map(({ device }) => device)).sort();
  const start = entries.reduce((least, { startMs }) => Math.min(least, startMs), first.startMs);
  const end = entries.reduce((latest, { endMs }) => Math.max(latest, endMs), first.endMs);
  const unit = end - start < 3 * 3_600_000 ? { name: 'minutes', ms: 60_000 } : { name: 'hours', ms: 3_600_000 };
  // A short stage of a long sweep keeps a width that can be seen.
  const least = (end - start) / 800;
  const bars = entries.map((entry) => ({
    ...entry,
    from: (entry.startMs - start) / unit.ms,
    to: (Math.max(entry.endMs, entry.startMs + least) - start) / unit.ms,
    text: `${entry.label}, attempt ${entry.attempt}: ${entry.state} after ${show((entry.endMs - entry.startMs) / 1000, 1)} s`,
  }));
  return section(
    'timeline',
    'Timeline',
    `From ${new Date(start).toISOString().replace('T', ' ').slice(0, 16)} UTC.${data.timeline.length > firstEntries ? ` The first ${firstEntries} of ${data.timeline.length} attempts.` : ''}`,
    figure(
      'Stages by device',
      {
        width: chartWidth(),
        height: 70 + 28 * devices.length,
        marginLeft: nameMargin(devices),
        x: { label: `time, ${unit.name}`, grid: true },
        y: { label: null, domain: devices },
        color: { ...stageScale(entries.map(({ stage }) => stage)), legend: true },
        marks: [
          Plot.barX(bars, {
            x1: 'from',
            x2: 'to',
            y: 'device',
            fill: 'stage',
            stroke: (d: { state: string }) => (d.state === 'failed' ? 'var(--wrong)' : 'none'),
            strokeWidth: 1.5,
            ariaLabel: 'text',
            title: 'text',
            tip: true,
          }),
        ],
      },
      {
        head: ['stage', 'device', 'attempt', 'from, s', 'to, s', 'end'],
        rows: () =>
          entries.map(({ label, device, attempt, startMs, endMs, state }) => [
            label,
            device,
            `${attempt}`,
            show((startMs - start) / 1000, 1),
            show((endMs - start) / 1000, 1),
            state,
          ]),
      },
    ),
  );
}

function failuresSection({ runs }: Shown): HTMLElement {
  const failed = runs.filter(({ run }) => run.state === 'failed');
  if (failed.length === 0) return section('failures', 'Failures', 'No run has failed.');
  return section(
    'failures',
    'Failures',
    '',
    list(
      ['run', 'why'],
      failed.map(({ run, arm }) => [nameOf(run.seed, arm.task, arm.label), run.reason ?? 'unknown']),
    ),
  );
}

function paritySection({ runs }: Shown): HTMLElement {
  const counts = [...Map.groupBy(runs, ({ run }) => run.parity)].sort(([a], [b]) => (a < b ? -1 : 1));
  return section(
    'parity',
    'Parity',
    'Probes recorded during training, recomputed in float64 by the reference implementation.',
    list(
      ['verdict', 'runs', 'which'],
      counts.map(([verdict, own]) => [verdict, `${own.length}`, verdict.startsWith('DISAGREES') ? namesOf(own) : '']),
    ),
  );
}

function provenanceSection({ runs }: Shown): HTMLElement {
  const finished = runs.filter(({ run }) => run.state === 'finished');
  const environments = [
    ...Map.groupBy(finished, ({ run }) => `${run.device ?? 'unknown device'}; ${run.packages ?? 'unknown packages'}`),
  ];
  return section(
    'provenance',
    'Provenance',
    '',
    element('ul', {}, ...environments.map(([text, own]) => element('li', {}, `${own.length} runs: ${text}`))),
    list(
      ['run', 'id', 'seconds', 'steps', 'peak memory, MiB', 'target'],
      finished.map(({ run, arm }) => [
        nameOf(run.seed, arm.task, arm.label),
        run.id,
        run.seconds === null ? '' : run.seconds.toFixed(1),
        `${run.steps ?? ''}`,
        run.peakMemoryBytes === null ? '' : (run.peakMemoryBytes / 2 ** 20).toFixed(0),
        run.imported
          ? 'imported'
          : run.targetReached === null
            ? ''
            : run.targetReached
              ? 'reached'
              : 'target-not-reached',
      ]),
    ),
  );
}

function list(head: readonly string[], rows: readonly (readonly string[])[]): HTMLElement {
  const table = plainTable(head, rows.slice(0, firstRows));
  const more = rows.length > firstRows ? [element('p', {}, `The first ${firstRows} of ${rows.length}.`)] : [];
  return element(
    'details',
    { open: rows.length <= 20, 'data-key': head.join(' ') },
    element('summary', {}, `${rows.length} rows`),
    element('div', { class: 'scroll', tabindex: 0 }, table),
    ...more,
  );
}

function nameOf(seed: number, task: string, label: string): string {
  return `${task} ${label}, seed ${seed}`;
}

function namesOf(runs: readonly ShownRun[]): string {
  return runs.map(({ run, arm }) => nameOf(run.seed, arm.task, arm.label)).join('; ');
}
