import type { ReportArm, ReportData, ReportRun } from '../data.ts';

/** What the filter bar says; empty: everything. */
export type Filter = {
  readonly task: string;
  readonly strategy: string;
  readonly asked: string;
  readonly text: string;
};

export const everything: Filter = { task: '', strategy: '', asked: '', text: '' };

export type Shown = {
  readonly data: ReportData;
  readonly filter: Filter;
  readonly arms: readonly ReportArm[];
  readonly runs: readonly ShownRun[];
};

export type ShownRun = { readonly index: number; readonly run: ReportRun; readonly arm: ReportArm };

/** The arms and runs that pass the filter. */
export function applyFilter(data: ReportData, filter: Filter): Shown {
  const words = filter.text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const passing = new Set(
    data.arms.filter((arm) => {
      if (filter.task !== '' && arm.task !== filter.task) return false;
      if (filter.strategy !== '' && arm.strategy !== filter.strategy) return false;
      if (filter.asked !== '' && askedText(arm) !== filter.asked) return false;
      if (words.length === 0) return true;
      const text = `${arm.task} ${arm.label} ${askedText(arm)}`.toLowerCase();
      return words.every((word) => text.includes(word));
    }),
  );
  const runs = data.runs.flatMap((run, index) => {
    const arm = data.arms[run.arm];
    return arm && passing.has(arm) ? [{ index, run, arm }] : [];
  });
  return { data, filter, arms: data.arms.filter((arm) => passing.has(arm)), runs };
}

export function askedText({ asked }: ReportArm): string {
  return asked === null ? 'unknown' : `${Number(asked.toFixed(2))}%`;
}

/** `movies, 60%`: arms of one group may be held against each other. */
export function groupText(arm: ReportArm): string {
  return `${arm.task}, ${askedText(arm)}`;
}

export function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
