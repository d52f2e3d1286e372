import { isLayerLossParameter, isSeedParameter } from '../configuration.ts';
import type { ParameterValue, RunRecord } from '../records.ts';
import type { Cell } from './pairing.ts';
import type { Question } from './question.ts';

type Group = readonly RunRecord[];

/** What else varies within a question's cells: averaged over where every value of the factor has it alike, a confusion where not. */
export function cautionsOf(cells: readonly Cell[], question: Question): string[] {
  const byValue = cells.map((cell) => groupsOf(cell));
  const names = [...new Set(byValue.flat(2).flatMap(({ parameters }) => Object.keys(parameters)))].filter(
    (name) => name !== question.factor && !question.within.includes(name) && !isSeedParameter(name),
  );
  const averaged = names.filter((name) =>
    byValue.some((groups) => groups.some((group) => valuesOf(group, name).size > 1)),
  );
  // Arms with and without a layer loss differ in its parameters by nature.
  const confused = names
    .filter((name) => !isLayerLossParameter(name))
    .filter((name) => byValue.some((groups) => new Set(groups.map((group) => textOf(valuesOf(group, name)))).size > 1));
  return [
    ...(averaged.length === 0 ? [] : [`Averaged over ${averaged.join(', ')}, each run of a value counting alike.`]),
    ...(confused.length === 0
      ? []
      : [
          `What is compared differs in ${confused.join(', ')} too, so a difference need not be due to ${question.factor}.`,
        ]),
  ];
}

/** The runs of each value of the factor in one cell. */
function groupsOf({ pairs }: Cell): Group[] {
  const values = new Map<ParameterValue, RunRecord[]>();
  for (const { groups } of pairs) {
    for (const [value, runs] of groups.flatMap((group) => [...group])) {
      values.set(value, [...(values.get(value) ?? []), ...runs]);
    }
  }
  return [...values.values()];
}

function valuesOf(group: Group, name: string): Set<ParameterValue | undefined> {
  return new Set(group.map(({ parameters }) => parameters[name]));
}

function textOf(values: ReadonlySet<ParameterValue | undefined>): string {
  return [...values].map(String).sort().join(' ');
}
