import { scoreRange, type TableLayout, tableLayouts } from '../../src/glue/tables.ts';
import { type TaskInfo, tasks } from '../../src/glue/tasks.ts';

/** Python source of the task table, for the stages that read data and compute metrics. */
export function pythonTasks(): string {
  return [
    '# @generated from src/glue by scripts/generate-wire.ts; `npm run generate` writes it anew',
    '# fmt: off',
    '# ruff: noqa: E501',
    '"""The tasks: files, labels and metrics of each, and how the files of GLUE are read."""',
    '',
    'from dataclasses import dataclass',
    'from typing import Literal',
    '',
    '',
    '@dataclass(frozen=True, kw_only=True, slots=True)',
    'class TaskInfo:',
    '    name: str',
    '    family: Literal["glue", "embedded"]',
    '    directory: str | None  # in the standard GLUE layout; None for embedded sets',
    '    files: tuple[str, ...]',
    '    labels: tuple[str, ...] | None  # in the order of their ids; None for regression',
    '    sentences: Literal[1, 2]',
    '    metrics: tuple[str, ...]',
    '    primary_metric: str',
    '',
    '',
    'TASKS: dict[str, TaskInfo] = {',
    ...tasks.map(entry),
    '}',
    '',
    '',
    '@dataclass(frozen=True, kw_only=True, slots=True)',
    'class TableLayout:',
    '    columns: tuple[str, ...]  # (sentence …, label) by the header, or by number where there is a width',
    '    label_ids: dict[str, int] | None  # by their spelling in the files; None for scores',
    '    width: int | None  # number of columns of files without header',
    '    short_rows: int  # with missing fields, known of the original download; left out',
    '',
    '',
    'TABLE_LAYOUTS: dict[str, TableLayout] = {',
    ...Object.entries(tableLayouts).map(([name, layout]) => tableEntry(name, layout)),
    '}',
    '',
    `SCORE_RANGE = (${scoreRange.map((score) => score.toFixed(1)).join(', ')})`,
    '',
  ].join('\n');
}

function entry(task: TaskInfo): string {
  const fields = [
    `name=${JSON.stringify(task.name)}`,
    `family=${JSON.stringify(task.family)}`,
    `directory=${task.directory === null ? 'None' : JSON.stringify(task.directory)}`,
    `files=${tuple(task.files)}`,
    `labels=${task.labels === null ? 'None' : tuple(task.labels)}`,
    `sentences=${task.sentences}`,
    `metrics=${tuple(task.metrics)}`,
    `primary_metric=${JSON.stringify(task.primaryMetric)}`,
  ];
  return `    ${JSON.stringify(task.name)}: TaskInfo(${fields.join(', ')}),`;
}

function tableEntry(name: string, layout: TableLayout): string {
  const ids = layout.labelIds && Object.entries(layout.labelIds).map(([text, id]) => `${JSON.stringify(text)}: ${id}`);
  const fields = [
    `columns=${tuple(layout.columns)}`,
    `label_ids=${ids === null ? 'None' : `{${ids.join(', ')}}`}`,
    `width=${layout.width ?? 'None'}`,
    `short_rows=${layout.shortRows}`,
  ];
  return `    ${JSON.stringify(name)}: TableLayout(${fields.join(', ')}),`;
}

/** A Python tuple of strings: `()`, `("one",)`, `("one", "two")`. */
export function tuple(values: readonly string[]): string {
  const quoted = values.map((value) => JSON.stringify(value));
  return quoted.length === 1 ? `(${quoted[0]},)` : `(${quoted.join(', ')})`;
}
