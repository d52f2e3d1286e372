import { points, pValue, signedPoints } from './format.ts';
import type { Leaderboard, LeaderboardRow } from './rows.ts';

export type Cell = string | number | null;

/** One column of every written form: the exact value for CSV and JSON, the text for people. Scores and sparsities in percent. */
export type Column = {
  readonly id: string;
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Left out of narrow forms; CSV and JSON have every column. */
  readonly wide: boolean;
  readonly value: (row: LeaderboardRow) => Cell;
  readonly text: (row: LeaderboardRow) => string;
};

/** The columns of a leaderboard, in order; parameters that vary come after the sparsity asked for. */
export function columnsOf(board: Leaderboard): Column[] {
  return [
    text('task', 'task', (row) => row.task),
    text('strategy', 'strategy', (row) => row.strategy),
    number('k', 'k', ({ k }) => k, String),
    percent('sparsity_asked', 'asked', ({ sparsityAsked }) => sparsityAsked, 1),
    ...board.varying.map((name) => ({
      ...text(`parameter_${name}`, name, (row) => `${row.parameters[name] ?? ''}`),
      wide: false,
    })),
    percent('sparsity_achieved', 'achieved', ({ sparsity }) => sparsity?.mean ?? null, 1),
    wide(percent('sparsity_achieved_min', 'achieved min', ({ sparsity }) => sparsity?.min ?? null)),
    wide(percent('sparsity_achieved_max', 'achieved max', ({ sparsity }) => sparsity?.max ?? null)),
    wide(text('metric', 'metric', ({ metric }) => metric ?? '')),
    {
      ...text('score_mean', 'score ± sd', ({ summary }) =>
        summary ? meanAndDeviation(summary.mean, summary.deviation) : '',
      ),
      align: 'right',
      value: ({ summary }) => scaled(summary?.mean),
    },
    wide(percent('score_sd', 'sd', ({ summary }) => summary?.deviation ?? null)),
    wide(percent('score_median', 'median', ({ summary }) => summary?.median ?? null)),
    wide(percent('score_low', '95% low', ({ summary }) => summary?.interval?.low ?? null)),
    wide(percent('score_high', '95% high', ({ summary }) => summary?.interval?.high ?? null)),
    number('n', 'n', ({ scores }) => scores.length, String),
    {
      ...text('scores', 'score by seed', scoresBySeed(2)),
      value: scoresBySeed(null),
    },
    percent('majority_class', 'majority', ({ majorityClass }) => majorityClass),
    number(
      'speedup',
      'speed-up',
      ({ speedup }) => speedup,
      (value) => `${value.toFixed(2)}×`,
    ),
    {
      ...text('difference', `vs ${board.baseline}`, differenceText),
      align: 'right',
      value: (row) => scaled(comparison(row)?.mean),
    },
    wide(percent('difference_sd', 'difference sd', (row) => comparison(row)?.deviation ?? null)),
    wide(percent('difference_low', 'difference 95% low', (row) => comparison(row)?.interval?.low ?? null)),
    wide(percent('difference_high', 'difference 95% high', (row) => comparison(row)?.interval?.high ?? null)),
    wide(number('difference_n', 'pairs', (row) => comparison(row)?.n ?? null, String)),
    wide(number('p', 'p', ({ difference }) => (difference.kind === 'compared' ? difference.p : null), pValue)),
    number(
      'p_holm',
      'p (Holm)',
      ({ difference }) => (difference.kind === 'compared' ? difference.pHolm : null),
      pValue,
    ),
    wide(
      text('not_compared', 'not compared', ({ difference }) =>
        difference.kind === 'not-compared' ? difference.reason : '',
      ),
    ),
    text('choices_differ', 'choices differ', choicesText),
    percentReported('reported', 'reported', ({ reported }) => reported?.score ?? null),
    wide(
      text('reported_source', 'source', ({ reported }) =>
        reported ? `${reported.method}, ${reported.source} [${reported.grade}]` : '',
      ),
    ),
    wide(percentReported('reported_difference', 'vs reported', ({ reported }) => reported?.difference ?? null)),
    text('parity', 'parity', parityText),
    text('marks', 'marks', ({ marks }) => marks.join('; ')),
  ];
}

/** The columns that say something in this leaderboard and fit people's tables. */
export function narrowColumns(board: Leaderboard): Column[] {
  return columnsOf(board).filter((column) => !column.wide && board.rows.some((row) => column.text(row) !== ''));
}

function meanAndDeviation(mean: number, deviation: number | null): string {
  return deviation === null ? points(mean) : `${points(mean)} ± ${points(deviation)}`;
}

function scoresBySeed(digits: number | null): (row: LeaderboardRow) => string {
  return ({ scores }) =>
    scores
      .map(
        ({ replicate, score }) =>
          `${replicate.replace(/^imported /, '')}: ${digits === null ? scaled(score) : points(score, digits)}`,
      )
      .join('; ');
}

function differenceText(row: LeaderboardRow): string {
  if (row.difference.kind === 'baseline') return '–';
  const compared = comparison(row);
  return compared ? signedPoints(compared.mean) : '';
}

/** Of the nearest arm, which says whether this one is an arm of its own; all of them where the table is wide. */
function choicesText({ choices }: LeaderboardRow): string {
  return choices.map(({ arm, share }) => `${arm} ${points(share, 1)}%`).join(', ');
}

function parityText({ parity }: LeaderboardRow): string {
  switch (parity.verdict) {
    case 'agrees':
      return `ok (${parity.probes})`;
    case 'partly':
      return `ok (${parity.probes}), not all`;
    case 'disagrees':
      return 'FAILED';
    case 'none':
      return '–';
  }
}

function comparison({ difference }: LeaderboardRow) {
  return difference.kind === 'compared' ? difference.comparison : null;
}

function scaled(value: number | null | undefined): number | null {
  // Twelve digits: what is left of binary rounding after the factor 100 is no information.
  return value === null || value === undefined ? null : Number((100 * value).toPrecision(12));
}

function text(id: string, title: string, pick: (row: LeaderboardRow) => string): Column {
  return { id, title, align: 'left', wide: false, value: pick, text: pick };
}

function number(
  id: string,
  title: string,
  pick: (row: LeaderboardRow) => number | null,
  show: (value: number) => string,
): Column {
  return { ...text(id, title, shown(pick, show)), align: 'right', value: pick };
}

function percent(id: string, title: string, pick: (row: LeaderboardRow) => number | null, digits = 2): Column {
  return {
    ...text(
      id,
      title,
      shown(pick, (value) => points(value, digits)),
    ),
    align: 'right',
    value: (row) => scaled(pick(row)),
  };
}

/** Already in percent, as published. */
function percentReported(id: string, title: string, pick: (row: LeaderboardRow) => number | null): Column {
  return number(id, title, pick, (value) => value.toFixed(1));
}

function wide(column: Column): Column {
  return { ...column, wide: true };
}

function shown(
  pick: (row: LeaderboardRow) => number | null,
  show: (value: number) => string,
): (row: LeaderboardRow) => string {
  return (row) => {
    const value = pick(row);
    return value === null ? '' : show(value);
  };
}
