import * as Plot from '@observablehq/plot';
import type { MatchHistory, ReportArm } from '../data.ts';
import { chartWidth, figure, nameMargin, show } from './chart.ts';
import { element, section, select } from './dom.ts';
import { groupText, type Shown } from './state.ts';

let chosen = '';

/** Which student layer was matched to which teacher layer over training, and what is left of each layer. */
export function layersSection(shown: Shown): HTMLElement {
  const matched = shown.arms.filter(({ matches }) => matches !== null);
  const names = matched.map(nameOf);
  if (!names.includes(chosen)) chosen = names[0] ?? '';
  const host = element('div', {});
  const draw = () => {
    const history = matched.find((arm) => nameOf(arm) === chosen)?.matches;
    host.replaceChildren(...(history ? [matchMaps(chosen, history)] : []));
  };
  draw();
  const field = select('Configuration', names, chosen, (value) => {
    chosen = value;
    draw();
  });
  return section(
    'layers',
    'Layers',
    names.length === 0
      ? 'No run has recorded which layers were matched.'
      : 'Shares of the steps, over all seeds of the configuration. Layers count from 0.',
    ...(names.length === 0 ? [] : [element('p', { class: 'controls' }, field), host]),
    ...structureMaps(shown),
  );
}

function nameOf(arm: ReportArm): string {
  return `${groupText(arm)}: ${arm.label}`;
}

type MatchCell = { readonly phase: string; readonly teacher: number; readonly student: string; readonly share: number };

const noLayer = 'none';

function matchMaps(name: string, { phases, teacherLayers, studentLayers }: MatchHistory): HTMLElement {
  const phaseName = ({ fromStep, toStep }: MatchHistory['phases'][number]) => `steps ${fromStep} to ${toStep}`;
  const cells = phases.flatMap((phase): MatchCell[] =>
    phase.matches.map(([teacher, student, share]) => ({
      phase: phaseName(phase),
      teacher,
      student: student < 0 ? noLayer : `${student}`,
      share,
    })),
  );
  const narrow = chartWidth() < 700;
  return figure(
    `${name}: student layer matched to each teacher layer, by part of the training`,
    {
      width: chartWidth(),
      height: narrow ? 230 * phases.length : 300,
      marginLeft: 60,
      padding: 0.05,
      color: { scheme: 'ylgnbu', domain: [0, 1], legend: true, label: 'share of steps' },
      x: {
        label: `student layer (–: ${noLayer})`,
        domain: [...Array.from({ length: studentLayers }, (_, i) => `${i}`), noLayer],
        // As narrow as the other ticks.
        tickFormat: (layer: string) => (layer === noLayer ? '–' : layer),
      },
      y: { label: 'teacher layer', domain: Array.from({ length: teacherLayers }, (_, i) => teacherLayers - 1 - i) },
      ...(narrow
        ? { fy: { axis: null, domain: phases.map(phaseName) } }
        : { fx: { label: null, domain: phases.map(phaseName) } }),
      marks: [
        Plot.frame({ strokeOpacity: 0.2 }),
        ...(narrow
          ? [
              Plot.text(phases.map(phaseName), {
                fy: (name: string) => name,
                text: (name: string) => name,
                frameAnchor: 'top',
                dy: -12,
              }),
            ]
          : []),
        Plot.cell(cells, {
          x: 'student',
          y: 'teacher',
          ...(narrow ? { fy: 'phase' } : { fx: 'phase' }),
          fill: 'share',
          tip: true,
          ariaLabel: (d: MatchCell) =>
            `${d.phase}, teacher ${d.teacher} to student ${d.student}: ${show(100 * d.share, 1)}%`,
        }),
      ],
    },
    {
      head: ['part', 'teacher layer', 'student layer', 'share of steps, %'],
      rows: () =>
        cells.map(({ phase, teacher, student, share }) => [phase, `${teacher}`, student, show(100 * share, 1)]),
    },
  );
}

function structureMaps({ arms }: Shown): HTMLElement[] {
  const known = arms.filter(({ structure }) => structure !== null).slice(0, mostStructures);
  if (known.length === 0) return [];
  const rows = known.map(nameOf);
  const cells = (pick: 'heads' | 'intermediate') =>
    known.flatMap((arm) => (arm.structure?.[pick] ?? []).map((left, layer) => ({ row: nameOf(arm), layer, left })));
  const layers = Math.max(...known.map(({ structure }) => structure?.heads.length ?? 0));
  const margin = nameMargin(rows, 260);
  const width = Math.max(chartWidth(), margin + 14 * layers);
  const map = (pick: 'heads' | 'intermediate', what: string) => {
    const most = Math.max(...cells(pick).map(({ left }) => left));
    const textOf = ({ left }: { left: number }) => show(left, left % 1 === 0 ? 0 : 1);
    // On a phone numbers would run into each other: there they stand in the table alone.
    const isRoom = cells(pick).every((cell) => 7 * textOf(cell).length < (width - margin) / layers);
    return figure(
      `${what} left in each layer, mean over seeds; 0: the sublayer is gone`,
      {
        width,
        height: 70 + 24 * rows.length,
        marginLeft: margin,
        padding: 0.05,
        color: { scheme: 'ylgnbu', legend: true, label: `${what} left`, zero: true },
        x: { label: 'layer' },
        y: { label: null, domain: rows },
        marks: [
          Plot.cell(cells(pick), {
            x: 'layer',
            y: 'row',
            fill: 'left',
            tip: true,
            ariaLabel: (d: { row: string; layer: number; left: number }) =>
              `${d.row}, layer ${d.layer}: ${show(d.left, 1)} ${what}`,
          }),
          Plot.text(isRoom ? cells(pick) : [], {
            x: 'layer',
            y: 'row',
            text: textOf,
            fill: (d: { left: number }) => (d.left > 0.55 * most ? 'white' : 'black'),
            fontSize: 11,
          }),
        ],
      },
      {
        head: ['configuration', ...Array.from({ length: layers }, (_, layer) => `layer ${layer}`)],
        rows: () => known.map((arm) => [nameOf(arm), ...(arm.structure?.[pick] ?? []).map((left) => textOf({ left }))]),
      },
    );
  };
  return [map('heads', 'heads'), map('intermediate', 'intermediate dimensions')];
}

/** More rows than this are no longer read as a picture. */
const mostStructures = 60;
