import { labelOf } from './label.ts';
import { fail, type Reading, show } from './reading.ts';
import { didYouMean } from './suggest.ts';
import type { SweepParameter } from './sweep-file.ts';

/** Sorted so that a condition is known when its parameter is reached; the file's order otherwise. */
export function orderByCondition(reading: Reading, parameters: readonly SweepParameter[]): SweepParameter[] {
  const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const ordered: SweepParameter[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (parameter: SweepParameter): void => {
    if (state.has(parameter.name)) return;
    state.set(parameter.name, 'open');
    for (const condition of parameter.when) {
      const path = `parameters.${parameter.name}.when.${condition.parameter}`;
      const other = byName.get(condition.parameter);
      if (other === undefined) {
        fail(
          reading,
          `${path}#key`,
          `The condition names "${condition.parameter}", which is not among the parameters.${didYouMean(condition.parameter, [...byName.keys()])}`,
        );
        continue;
      }
      if (state.get(other.name) === 'open') {
        fail(reading, `${path}#key`, `The conditions of "${parameter.name}" and "${other.name}" depend on each other`);
        continue;
      }
      checkConditionValues(reading, condition, other, path);
      visit(other);
    }
    state.set(parameter.name, 'done');
    ordered.push(parameter);
  };
  for (const parameter of parameters) visit(parameter);
  return ordered;
}

function checkConditionValues(
  reading: Reading,
  condition: SweepParameter['when'][number],
  other: SweepParameter,
  path: string,
): void {
  if (other.space.kind !== 'values') return;
  const possible = other.space.values.map(labelOf);
  for (const [i, value] of condition.values.entries()) {
    if (possible.includes(value)) continue;
    const hint = didYouMean(String(value), possible.map(String)) || ` It has ${possible.map(String).join(', ')}`;
    fail(reading, `${path}[${i}]`, `"${condition.parameter}" never has the value ${show(value)}.${hint}`);
  }
}
