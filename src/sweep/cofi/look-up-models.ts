import { resolve } from 'node:path';
import { type SweepFileError, SweepFileProblems } from '../errors.ts';
import { FactsError } from '../facts-error.ts';
import { at } from '../reading.ts';
import { type CofiSweep, teacherOf } from './cofi-sweep.ts';
import { bertBase, type CofiModel, checkTeacher, lookAtCofiModel } from './model-facts.ts';

export type CofiModels = {
  readonly model: {
    /** A hub name, or a folder's absolute path. */
    readonly name: string;
    readonly isDirectory: boolean;
    readonly revision: string | null;
    readonly label: string;
    readonly fingerprint: string;
    readonly isBert: boolean;
  };
  /** By task. */
  readonly teachers: ReadonlyMap<string, { readonly path: string; readonly fingerprint: string }>;
};

/**
 * Looks at the student's and the teachers' folders and hashes them; relative paths start from `folder`.
 *
 * @throws SweepFileProblems, all of them at once.
 */
export async function lookUpCofiModels(sweep: CofiSweep, folder: string): Promise<CofiModels> {
  const errors: SweepFileError[] = [];
  const attempt = async <T>(path: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof FactsError)) throw error;
      errors.push(at(sweep, path, error.message));
      return undefined;
    }
  };
  const student = await attempt('model', () => lookUpStudent(sweep, folder));
  const teachers = new Map<string, { path: string; fingerprint: string }>();
  for (const task of tasksOf(sweep)) {
    const written = teacherOf(sweep, task);
    if (written === undefined) continue;
    const path = resolve(folder, written);
    const facts = await attempt(typeof sweep.teacher === 'string' ? 'teacher' : `teacher.${task}`, async () => {
      const teacher = await lookAtCofiModel(`The teacher of ${task}`, path);
      checkTeacher(task, path, teacher, student?.shape);
      return teacher;
    });
    if (facts) teachers.set(task, { path, fingerprint: facts.fingerprint });
  }
  if (errors.length > 0 || student === undefined) throw new SweepFileProblems(errors);
  return { model: student.model, teachers };
}

type Student = { readonly model: CofiModels['model']; readonly shape: CofiModel['shape'] | undefined };

async function lookUpStudent({ model }: CofiSweep, folder: string): Promise<Student> {
  if (model.source === 'directory') {
    const name = resolve(folder, model.path);
    const { shape, fingerprint } = await lookAtCofiModel('The model', name);
    if (shape.model_type !== 'bert' && shape.model_type !== 'roberta')
      throw new FactsError(`The model: ${name} is a ${shape.model_type}; upstream prunes BERT and RoBERTa`);
    const label = name.split('/').at(-1) ?? name;
    const isBert = shape.model_type === 'bert';
    return { shape, model: { name, isDirectory: true, revision: null, label, fingerprint, isBert } };
  }
  const { name, revision } = model;
  const isBert = name.startsWith('bert');
  if (!isBert && !name.startsWith('roberta')) {
    throw new FactsError(
      `Upstream takes a model for BERT where its name begins with "bert", and for RoBERTa otherwise, so that "${name}" may be taken for the wrong one: download it, and give its folder (source: directory)`,
    );
  }
  const shape = name === 'bert-base-uncased' ? bertBase : undefined;
  const fingerprint = `hub ${name} ${revision}`;
  return { shape, model: { name, isDirectory: false, revision, label: name, fingerprint, isBert } };
}

function tasksOf({ parameters, runs }: CofiSweep): Set<string> {
  return new Set(
    [...parameters, ...runs.flat()].flatMap(({ name, space }) =>
      name === 'task' && space.kind === 'values' ? space.values.map(String) : [],
    ),
  );
}
