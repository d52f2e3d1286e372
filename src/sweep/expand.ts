import { labelOf } from './label.ts';
import { draw } from './random-draws.ts';
import type { ParameterSpace, ParameterValue, SweepFile, SweepParameter } from './sweep-file.ts';

/** One run as the file asks for it: each parameter's value, and which of its values that is. */
export type Assignment = Readonly<Record<string, { readonly value: ParameterValue; readonly path: string }>>;

type MutableAssignment = Record<string, { value: ParameterValue; path: string }>;

export const maxRuns = 100_000;

/** What runs are made from, whatever does them. */
export type Expandable = Pick<SweepFile, 'method' | 'parameters' | 'runs' | 'runCap' | 'randomSeed'>;

/** Calls `visit` with every run in order, until it returns false or `run_cap` is reached. */
export function forEachRun(sweep: Expandable, visit: (assignment: Assignment) => boolean): void {
  const cap = sweep.runCap ?? Number.POSITIVE_INFINITY;
  let count = 0;
  const counted = (assignment: Assignment): boolean => {
    if (count >= cap) return false;
    count += 1;
    return visit(assignment) && count < cap;
  };
  if (sweep.method === 'random') drawRuns(sweep, counted);
  else if (sweep.method === 'grid') walk(sweep.parameters, counted);
  else {
    for (const own of sweep.runs) if (!walk(overlay(sweep.parameters, own), counted)) return;
  }
}

/** How many runs there can be at most, without making any: conditions may leave some out. */
export function largestCount(sweep: Pick<SweepFile, 'method' | 'parameters' | 'runs' | 'runCap'>): number {
  const product = (parameters: readonly SweepParameter[]) =>
    parameters.reduce((total, one) => total * countValues(one.space), 1);
  const cap = sweep.runCap ?? Number.POSITIVE_INFINITY;
  if (sweep.method === 'random') return cap;
  if (sweep.method === 'grid') return Math.min(cap, product(sweep.parameters));
  return Math.min(
    cap,
    sweep.runs.reduce((total, own) => total + product(overlay(sweep.parameters, own)), 0),
  );
}

/** A listed run's own values in place of the sweep's; they hold whatever the sweep's conditions say. */
function overlay(parameters: readonly SweepParameter[], own: readonly SweepParameter[]): SweepParameter[] {
  const names = new Set(own.map((one) => one.name));
  return [...own, ...parameters.filter((one) => !names.has(one.name))];
}

function walk(parameters: readonly SweepParameter[], visit: (assignment: Assignment) => boolean): boolean {
  const current: MutableAssignment = {};
  const step = (depth: number): boolean => {
    const parameter = parameters[depth];
    if (parameter === undefined) return visit({ ...current });
    const { name } = parameter;
    if (!applies(parameter, current)) return step(depth + 1);
    const count = countValues(parameter.space);
    for (let i = 0; i < count; i += 1) {
      current[name] = valueAt(parameter, i);
      if (!step(depth + 1)) return false;
    }
    delete current[name];
    return true;
  };
  return step(0);
}

/**
 * Run i draws each parameter from a hash of (seed, i, name): more runs or another parameter leave the other draws as
 * they were, so that only what changed is run again.
 */
function drawRuns(sweep: Expandable, visit: (assignment: Assignment) => boolean): void {
  const wanted = sweep.runCap ?? 0;
  const seen = new Set<string>();
  for (let index = 0; seen.size < wanted && index < wanted * 10 + 1000; index += 1) {
    const current: MutableAssignment = {};
    for (const parameter of sweep.parameters) {
      if (!applies(parameter, current)) continue;
      current[parameter.name] = draw(parameter, sweep.randomSeed, index);
    }
    const text = JSON.stringify(Object.values(current).map(({ value, path }) => [path, labelOf(value)]));
    if (seen.has(text)) continue;
    seen.add(text);
    if (!visit(current)) return;
  }
}

function applies(parameter: SweepParameter, current: Readonly<MutableAssignment>): boolean {
  return parameter.when.every((condition) => {
    const other = current[condition.parameter];
    return other !== undefined && condition.values.includes(labelOf(other.value));
  });
}

function countValues(space: ParameterSpace): number {
  if (space.kind === 'values') return space.values.length;
  const { min, max, q } = space;
  return q === null ? Number.POSITIVE_INFINITY : Math.floor((max - min) / q + 1e-9) + 1;
}

function valueAt({ name, space }: SweepParameter, i: number): { value: ParameterValue; path: string } {
  if (space.kind === 'range')
    return { value: Number((space.min + i * (space.q ?? 1)).toPrecision(12)), path: `parameters.${name}` };
  const value = space.values[i];
  if (value === undefined) throw new Error(`no value ${i} of ${name}`);
  return { value, path: space.paths[i] ?? `parameters.${name}` };
}
