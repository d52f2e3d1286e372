import { findTask } from '../glue/tasks.ts';
import type { Classifier } from './model-shape.ts';
import type { PlainParameters } from './parameters.ts';
import type { ModelSpec, StrategyChoice } from './sweep-file.ts';

type PathOf = (name: string) => string;
type Problem = { readonly path: string; readonly message: string };
type Models = {
  readonly model: ModelSpec;
  readonly teacher: ModelSpec | null;
  readonly teacherClassifier: Classifier | null;
};

/** What needs a teacher of the student's own kind. */
export function teacherProblems({ label, strategy }: StrategyChoice, studentStart: unknown, pathOf: PathOf): Problem[] {
  const problems: Problem[] = [];
  if (strategy.kind === 'published') {
    const message = `Strategy "${label}" is the published code, whose teacher is the model itself: leave \`teacher\` out, or take v${strategy.version}`;
    problems.push({ path: pathOf('strategy'), message });
  }
  if (studentStart === 'teacher') {
    const message = 'Expected student_start pretrained beside a `teacher` of its own: the student is cut from `model`';
    problems.push({ path: pathOf('student_start'), message });
  }
  return problems;
}

/** A teacher that is not trained has to be a finetuned model, which only files can be, and to say what its answers mean. */
export function untrainedProblems(
  task: string,
  values: Partial<Pick<PlainParameters, 'teacher_steps' | 'teacher_epochs'>>,
  { model, teacher, teacherClassifier }: Models,
  pathOf: PathOf,
): Problem[] {
  if ((values.teacher_steps ?? values.teacher_epochs) !== 0) return [];
  const name = values.teacher_steps === 0 ? 'teacher_steps' : 'teacher_epochs';
  const got = untaught(task, (teacher ?? model).source, teacherClassifier);
  if (got !== undefined) {
    const message = `Expected a finetuned teacher beside ${name} 0, got ${got}. Name one under \`teacher\`, with source directory or hub, or train it`;
    return [{ path: pathOf(name), message }];
  }
  const place = teacher === null ? 'model' : 'teacher';
  const message = ambiguity(task, teacherClassifier, place, name);
  return message === undefined ? [] : [{ path: place, message }];
}

/** What a model is that does not know the task; undefined where it may. */
function untaught(task: string, source: ModelSpec['source'], classifier: Classifier | null): string | undefined {
  if (source === 'embedded' || source === 'random') return `a model of source ${source}, which knows no task`;
  if (classifier === null) return undefined;
  const { classes, labels } = classifier;
  if (classes === 0) return 'one without a classifier';
  const info = findTask(task);
  if (!info) return undefined;
  const wanted = info.labels ?? ['one score'];
  if (classes !== null && classes !== wanted.length)
    return `one of another task: its classifier has ${classes} outputs, ${info.label} ${wanted.length} (${wanted.join(', ')})`;
  if (labels === null || info.labels === null) return undefined;
  if (String(labels.toSorted()) === String(wanted.toSorted())) return undefined;
  return `one of another task: its labels are ${labels.join(', ')}, those of ${info.label} ${wanted.join(', ')}`;
}

/** Labels without names may be in any order: MNLI's often are, and the wrong one makes a teacher of wrong answers. */
function ambiguity(
  task: string,
  classifier: Classifier | null,
  place: 'model' | 'teacher',
  name: string,
): string | undefined {
  const info = findTask(task);
  if (classifier === null || classifier.labels !== null || !info || info.labels === null) return undefined;
  const wanted = info.labels.join(', ');
  return `Expected a teacher whose config.json names its labels beside ${name} 0, got one with LABEL_0 to LABEL_${info.labels.length - 1}, which may be in any order. If that is the order of ${info.label}, write labels: [${wanted}] under \`${place}\``;
}
