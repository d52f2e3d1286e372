import { type Column, exact, number, percent, plain, scaled, text, written } from './column.ts';
import {
  allChoices,
  comparison,
  differenceText,
  meanAndDeviation,
  nearestChoice,
  parityText,
  reportedDifference,
  scoresBySeed,
} from './column-texts.ts';
import { pValue } from './format.ts';
import { rowProvenance } from './row-provenance.ts';
import type { Leaderboard } from './rows.ts';

/** The columns of a leaderboard, in order; parameters that vary come after the sparsity asked for. */
export function columnsOf(board: Leaderboard): Column[] {
  return [
    text('task', 'task', (row) => row.task),
    text('strategy', 'strategy', (row) => row.strategy),
    number('k', 'k', ({ k }) => k, String),
    percent('sparsity_asked', 'asked', ({ sparsityAsked }) => sparsityAsked, 1),
    ...board.varying.map((name) => ({
      ...text(`parameter_${name}`, name, (row) => `${row.parameters[name] ?? ''}`),
    })),
    percent('sparsity_achieved', 'achieved', ({ sparsity }) => sparsity?.mean ?? null, 1),
    exact(percent('sparsity_achieved_min', 'achieved min', ({ sparsity }) => sparsity?.min ?? null)),
    exact(percent('sparsity_achieved_max', 'achieved max', ({ sparsity }) => sparsity?.max ?? null)),
    exact(text('metric', 'metric', ({ metric }) => metric ?? '')),
    {
      ...text('score_mean', 'score ± sd', ({ summary }) =>
        summary ? meanAndDeviation(summary.mean, summary.deviation) : '',
      ),
      align: 'right',
      value: ({ summary }) => scaled(summary?.mean),
    },
    exact(percent('score_sd', 'sd', ({ summary }) => summary?.deviation ?? null)),
    written(percent('score_median', 'median', ({ summary }) => summary?.median ?? null)),
    written(percent('score_low', '95% low', ({ summary }) => summary?.interval?.low ?? null)),
    written(percent('score_high', '95% high', ({ summary }) => summary?.interval?.high ?? null)),
    number('n', 'n', ({ scores }) => scores.length, String),
    {
      ...text('scores', 'score by seed', scoresBySeed(2)),
      value: scoresBySeed(null),
    },
    percent('teacher_score', 'teacher', ({ teacherScore }) => teacherScore),
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
    exact(percent('difference_sd', 'difference sd', (row) => comparison(row)?.deviation ?? null)),
    written(percent('difference_low', 'difference 95% low', (row) => comparison(row)?.interval?.low ?? null)),
    written(percent('difference_high', 'difference 95% high', (row) => comparison(row)?.interval?.high ?? null)),
    exact(number('difference_n', 'pairs', (row) => comparison(row)?.n ?? null, String)),
    exact(number('p', 'p', ({ difference }) => (difference.kind === 'compared' ? difference.p : null), pValue)),
    number(
      'p_holm',
      'p (Holm)',
      ({ difference }) => (difference.kind === 'compared' ? difference.pHolm : null),
      pValue,
    ),
    exact(
      text('not_compared', 'not compared', ({ difference }) =>
        difference.kind === 'not-compared' ? difference.reason : '',
      ),
    ),
    { ...text('choices_differ', 'choices differ', nearestChoice), value: allChoices },
    ...reportedColumns(),
    text('parity', 'parity', parityText),
    ...provenanceColumns(),
    text('marks', 'marks', ({ marks }) => marks.join('; ')),
  ];
}

function reportedColumns(): Column[] {
  return [
    number(
      'reported',
      'reported',
      ({ reported }) => reported?.score ?? null,
      (value) => value.toFixed(1),
    ),
    exact(
      text('reported_source', 'source', ({ reported }) => (reported ? `${reported.method}, ${reported.source}` : '')),
    ),
    exact(text('reported_grade', 'grade', ({ reported }) => reported?.grade ?? '')),
    exact(number('reported_sparsity', 'reported sparsity', ({ reported }) => reported?.sparsity ?? null, String)),
    {
      ...text('reported_difference', 'vs reported', reportedDifference),
      align: 'right',
      value: ({ reported }) => plain(reported?.difference),
    },
    exact(number('reported_tolerance', 'tolerance', ({ reported }) => plain(reported?.tolerance), String)),
  ];
}

function provenanceColumns(): Column[] {
  return [
    exact(
      number(
        'seconds',
        'seconds',
        (row) => plain(rowProvenance(row).seconds),
        (value) => value.toFixed(1),
      ),
    ),
    exact(number('steps', 'steps', (row) => plain(rowProvenance(row).steps), String)),
    exact(text('devices', 'devices', (row) => rowProvenance(row).devices.join('; '))),
    exact(text('packages', 'packages', (row) => rowProvenance(row).packages.join('; '))),
    exact(text('runs', 'runs', ({ scores }) => scores.map(({ runId }) => runId).join('; '))),
  ];
}

/** The columns that say something in this leaderboard and fit any table for people. */
export function narrowColumns(board: Leaderboard): Column[] {
  return columnsOf(board).filter(
    ({ shown, text: show }) => shown === 'everywhere' && board.rows.some((row) => show(row) !== ''),
  );
}

/** Those that a document has room for. */
export function writtenColumns(board: Leaderboard): Column[] {
  return columnsOf(board).filter(
    ({ shown, text: show }) => shown !== 'exact' && board.rows.some((row) => show(row) !== ''),
  );
}

/** What a form without these columns says: where they are. */
export function elsewhere(board: Leaderboard, without: readonly Column[]): string {
  const left = columnsOf(board).filter(
    ({ id, text: show }) => !without.some((column) => column.id === id) && board.rows.some((row) => show(row) !== ''),
  );
  return `Left to leaderboard.csv and leaderboard.json for want of room: ${left.map(({ title }) => title).join(', ')}.`;
}
