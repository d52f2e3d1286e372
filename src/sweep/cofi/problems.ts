import { findTask } from '../../glue/tasks.ts';
import { strategyNeeds } from '../../strategy/needs.ts';
import { validateStrategy } from '../../strategy/validate.ts';
import type { SweepFileError } from '../errors.ts';
import { type Assignment, forEachRun } from '../expand.ts';
import { at } from '../reading.ts';
import { type CofiSweep, teacherOf } from './cofi-sweep.ts';
import { type CofiSettings, pruneSteps, resolveCofiSettings } from './settings.ts';

type Problem = readonly [path: string, message: string];

/**
 * What a sweep asks of upstream's program that it cannot do: each fault once, at the value to blame, with the reason.
 * `defects`: of the checkout, by their names in docs/diagnose.md.
 */
export function findCofiProblems(sweep: CofiSweep, defects: ReadonlySet<string>): SweepFileError[] {
  const found = new Map<string, SweepFileError>();
  const kIsSwept = isSwept(sweep, 'k');
  let runs = 0;
  forEachRun(sweep, (assignment) => {
    runs += 1;
    const settings = resolveCofiSettings(assignment, kIsSwept);
    const pathOf = (name: string) => assignment[name]?.path ?? `parameters.${name}`;
    const problems = [
      ...taskProblems(settings, sweep, defects, pathOf),
      ...strategyProblems(settings, pathOf),
      ...lengthProblems(settings, assignment, defects, pathOf),
      ...gateProblems(settings, pathOf),
    ];
    for (const [path, message] of problems) found.set(`${path}: ${message}`, at(sweep, path, message));
    return found.size < 100;
  });
  if (runs === 0) found.set('', at(sweep, 'parameters', 'The sweep has no runs'));
  return [...found.values()];
}

export function isSwept({ parameters, runs }: CofiSweep, name: string): boolean {
  const spaces = [...parameters, ...runs.flat()].filter((one) => one.name === name).map(({ space }) => space);
  const values = new Set(spaces.flatMap((space) => (space.kind === 'values' ? space.values : [])));
  return values.size > 1 || spaces.some(({ kind }) => kind === 'range');
}

type PathOf = (name: string) => string;

function* taskProblems(
  { task }: CofiSettings,
  sweep: CofiSweep,
  defects: ReadonlySet<string>,
  pathOf: PathOf,
): Generator<Problem> {
  const path = pathOf('task');
  if (findTask(task)?.family !== 'glue') {
    yield [path, `Upstream knows GLUE's tasks only: "${task}" is an embedded set, for \`backend: builtin\``];
    return;
  }
  if (task === 'stsb') {
    yield [
      path,
      'Upstream cannot train STS-B: with one logit its distillation loss is 0, and labels are not used beside a teacher. Take `backend: builtin`',
    ];
  } else if (task === 'mnli' && defects.has('best-never-saved')) {
    yield [
      path,
      'This checkout never saves its best model on MNLI: trainer/trainer.py looks the score up as "mnli/acc", which the metric does not give. Write "accuracy" there, or take `backend: builtin`',
    ];
  }
  if (teacherOf(sweep, task) === undefined) yield ['teacher', `Missing: the teacher of task "${task}"`];
}

function* strategyProblems({ strategy, label }: CofiSettings, pathOf: PathOf): Generator<Problem> {
  const path = pathOf('strategy');
  const needs = strategyNeeds(strategy);
  if (needs.length > 0) {
    yield [path, `Strategy "${label}" needs ${needs.join(' and ')}, which upstream's trainer cannot give`];
  }
  for (const message of validateStrategy(strategy, { name: label, teacherLayers: depth, studentLayers: depth })) {
    yield [path, message];
  }
}

/** Upstream's code counts to 12 where it cuts and where it aligns. */
export const depth = 12;

const fixedPrefinetuneSteps = 100;

function* lengthProblems(
  settings: CofiSettings,
  assignment: Assignment,
  defects: ReadonlySet<string>,
  pathOf: PathOf,
): Generator<Problem> {
  const { values } = settings;
  if (assignment.num_train_epochs && assignment.max_steps)
    yield [pathOf('max_steps'), 'Expected one of num_train_epochs and max_steps, got both'];
  const isFixed = defects.has('prefinetune-100');
  if (isFixed && assignment.prefinetune_epochs) {
    yield [
      pathOf('prefinetune_epochs'),
      `This checkout finetunes ${fixedPrefinetuneSteps} steps before pruning, whatever is asked (trainer/trainer.py): leave prefinetune_epochs out, or restore the formula there`,
    ];
  }
  const steps = pruneSteps(settings);
  if (steps === null) return;
  const { total, perEpoch } = steps;
  const before = isFixed ? fixedPrefinetuneSteps : values.prefinetune_epochs * perEpoch;
  const warmup = values.sparsity_warmup_epochs * perEpoch;
  const lengthPath = pathOf(values.max_steps === undefined ? 'num_train_epochs' : 'max_steps');
  if (before + warmup > total) {
    yield [
      lengthPath,
      `The target sparsity is never reached: ${total} steps are fewer than ${before} of finetuning before pruning and ${warmup} in which it rises (sparsity_warmup_epochs). Give more, or a shorter rise`,
    ];
  }
  if (values.eval_every_steps > total) {
    yield [
      pathOf('eval_every_steps'),
      `Expected at most ${total}, the steps of the pruning: without an evaluation no model is saved`,
    ];
  }
}

function* gateProblems({ values }: CofiSettings, pathOf: PathOf): Generator<Problem> {
  const gates: readonly string[] = [values.gates].flat();
  if (gates.includes('attention-layer') !== gates.includes('feed-forward-layer')) {
    yield [pathOf('gates'), "Upstream's `layer` has both: give attention-layer and feed-forward-layer, or neither"];
  }
  if (values.sparsity_epsilon >= values.sparsity) {
    yield [
      pathOf('sparsity_epsilon'),
      `Expected less than the sparsity ${values.sparsity}, got ${values.sparsity_epsilon}: every model would count as sparse enough (0.01 is a point)`,
    ];
  }
}
