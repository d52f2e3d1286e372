import { findTask } from '../glue/tasks.ts';
import { type Defect, defectSchema } from '../wire/deviation.ts';
import type { PlainParameters } from './parameters.ts';

type DefectParameter = 'best_from_zero' | 'best_never_saved' | 'single_logit_softmax';

/** The defects of upstream's trainer that a run asks for and that can hit its task, in the order of the wire. */
export function defectsOf(values: Partial<Pick<PlainParameters, DefectParameter>>, task: string): Defect[] {
  return defectSchema.options.filter((defect) => values[parameterOf(defect)] === true && canHit(defect, task));
}

/** The defect that a parameter turns on; undefined for any other parameter. */
export function defectOf(parameter: string): Defect | undefined {
  return defectSchema.options.find((defect) => parameterOf(defect) === parameter);
}

function parameterOf(defect: Defect): DefectParameter {
  return defect.replaceAll('-', '_') as DefectParameter;
}

/** Scores that upstream looks up under a name that its metrics do not have. */
const neverSaved: readonly string[] = ['mnli', 'stsb'];

function canHit(defect: Defect, task: string): boolean {
  switch (defect) {
    case 'best-from-zero':
      return true;
    case 'best-never-saved':
      return neverSaved.includes(task);
    case 'single-logit-softmax':
      return findTask(task)?.labels === null;
  }
}
