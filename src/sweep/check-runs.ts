import { findTask } from '../glue/tasks.ts';
import type { SweepFileError } from './errors.ts';
import { forEachRun, largestCount, maxRuns } from './expand.ts';
import type { ModelShapes } from './model-shape.ts';
import { at } from './reading.ts';
import { findMisfits } from './resources.ts';
import { resolveSettings, type SettingsContext, takesLayerCount } from './settings.ts';
import type { StrategyChoice, SweepFile } from './sweep-file.ts';

export type MachineFacts = ModelShapes & {
  readonly device: 'cpu' | 'cuda' | null;
  /** Of each GPU; null: not known yet. */
  readonly gpuMemoryMiB: readonly number[] | null;
  /** The C++ compiler that torch.compile would need on this machine's CPU and does not find; null: none lacks. */
  readonly missingCompiler: string | null;
};

/** What a well-formed sweep file asks for that cannot work: each fault once, at the value to blame. */
export function findProblems(sweep: SweepFile, facts: MachineFacts): SweepFileError[] {
  const size = sizeProblem(sweep);
  if (size !== undefined) return [at(sweep, size.path, size.message)];
  const found = new Map<string, SweepFileError>();
  const add = (path: string, message: string) => found.set(`${path}: ${message}`, at(sweep, path, message));
  const context = contextOf(sweep, facts);
  const seen = new Set<string>();
  let runs = 0;
  let usesK = false;
  let kPath: string | undefined;
  forEachRun(sweep, (assignment) => {
    runs += 1;
    if (runs > maxRuns) return false;
    kPath ??= assignment.k?.path;
    usesK ||= 'k' in assignment && takesLayerCount(assignment.strategy?.value as StrategyChoice);
    const values = Object.entries(assignment).filter(([name]) => !name.endsWith('seed'));
    const combination = JSON.stringify(
      values.map(([, one]) => [one.path, typeof one.value === 'number' ? one.value : 0]),
    );
    if (seen.has(combination)) return true;
    seen.add(combination);
    checkTask(sweep, assignment.task, add);
    if (facts.device === 'cpu' && assignment.precision?.value === 'float16') {
      add(assignment.precision.path, 'float16 needs a GPU: take bfloat16 or float32');
    }
    if (facts.device === 'cpu' && facts.missingCompiler !== null && assignment.compile?.value === true) {
      const message = `Expected the C++ compiler ${facts.missingCompiler} beside compile true, which torch.compile makes its code with on a CPU: install it, or leave compile out`;
      add(assignment.compile.path, message);
    }
    const resolved = resolveSettings(assignment, context);
    if ('problems' in resolved) for (const problem of resolved.problems) add(problem.path, problem.message);
    return found.size < 100;
  });
  if (runs > maxRuns)
    add(
      parametersPath(sweep),
      `Expected at most ${maxRuns.toLocaleString('en')} runs, got more: give fewer values, or a \`run_cap\``,
    );
  if (runs === 0) add(parametersPath(sweep), 'The sweep has no runs');
  if (kPath !== undefined && !usesK)
    add(kPath, '`k` applies to none of the strategies: each has its number of layers in its name, or none at all');
  const misfits = facts.device === 'cuda' && facts.gpuMemoryMiB !== null ? findMisfits(sweep, facts.gpuMemoryMiB) : [];
  return [...found.values(), ...misfits];
}

export function contextOf(sweep: SweepFile, { shape, teacherShape, teacherClassifier }: ModelShapes): SettingsContext {
  const isSwept = sweep.parameters.some(
    (one) => one.name === 'k' && (one.space.kind === 'range' || one.space.values.length > 1),
  );
  const listed = new Set(
    sweep.runs.flat().flatMap((one) => (one.name === 'k' && one.space.kind === 'values' ? one.space.values : [])),
  );
  return {
    model: sweep.model,
    teacher: sweep.teacher,
    split: sweep.data.split,
    shape,
    teacherShape,
    teacherClassifier,
    kIsSwept: isSwept || listed.size > 1,
  };
}

/** Refused before it is expanded, so that a grid of a thousand million costs nothing. */
function sizeProblem(sweep: SweepFile): { path: string; message: string } | undefined {
  const count = largestCount(sweep);
  const hasConditions = sweep.parameters.some((one) => one.when.length > 0);
  if (count <= maxRuns || (hasConditions && count <= maxRuns * 1000)) return undefined;
  const shown = Number.isFinite(count) ? count.toLocaleString('en') : 'endlessly many';
  const sizes = sweep.parameters
    .filter((one) => one.space.kind === 'range' || one.space.values.length > 1)
    .map((one) => (one.space.kind === 'values' ? `${one.name} ${one.space.values.length}` : `${one.name} (a range)`));
  return {
    path: parametersPath(sweep),
    message: `Expected at most ${maxRuns.toLocaleString('en')} runs, got ${shown} (${sizes.join(' × ')}): give fewer values, or a \`run_cap\``,
  };
}

function parametersPath(sweep: SweepFile): string {
  return sweep.method === 'random' ? 'run_cap' : sweep.method === 'list' ? 'runs' : 'parameters';
}

function checkTask(
  sweep: SweepFile,
  task: { value: unknown; path: string } | undefined,
  add: (path: string, message: string) => void,
): void {
  const info = findTask(String(task?.value));
  if (info === undefined || task === undefined) return;
  const { source, split } = sweep.data;
  if (info.family === 'embedded') {
    if (source !== null && source !== 'embedded')
      add(task.path, `Task "${info.name}" is embedded, it does not come from a ${source}: leave data.source out`);
    if (split !== 'heldout-train')
      add(
        'data.split',
        `Expected heldout-train for task "${info.name}", the only split of the embedded sets, got ${split}`,
      );
    return;
  }
  if (source === 'embedded')
    add(task.path, `Task "${info.name}" is not among the embedded sets: set data.source to directory or hub`);
}
