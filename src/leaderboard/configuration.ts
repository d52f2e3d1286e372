import type { ParameterValue, RunRecord } from './records.ts';

/** Parameters that tell the repetitions of one configuration apart. */
const seedParameters = ['seed', 'teacher_seed', 'init_seed', 'data_seed', 'gate_seed', 'draw_seed'];

/** Parameters that belong to the layer loss: a baseline without one is held against arms that differ in them. */
const layerLossParameters = ['strategy', 'k', 'layer_reduction', 'layer_weight'];

/** Columns that every table has, so that they are not listed again among the other parameters. */
const ownColumns = ['task', 'strategy', 'k', 'sparsity'];

/** Same for the runs of one leaderboard row: everything but the seeds. */
export function configurationKey(record: RunRecord): string {
  return keyOf({ ...record.parameters, ...identity(record) }, seedParameters);
}

/** Same for rows that may be held against one baseline: everything but seeds and layer loss. */
export function cellKey(record: RunRecord): string {
  return keyOf({ ...record.parameters, ...identity(record) }, [...seedParameters, ...layerLossParameters]);
}

/** What pairs the runs of two rows: the seed, and every seed that was set apart from it; imported runs with imported ones only. */
export function replicateKey(record: RunRecord): string {
  const { seed, imported } = record;
  const others = seedParameters
    .slice(1)
    .filter((name) => record.parameters[name] !== undefined && record.parameters[name] !== seed)
    .map((name) => `${name} ${record.parameters[name]}`);
  return [imported ? `imported ${seed}` : seed, ...others].join(', ');
}

/** Names of parameters, beside those with a column of their own, that have more than one value; a run may lack them. */
export function varyingParameters(records: readonly RunRecord[]): string[] {
  const names = new Set(records.flatMap(({ parameters }) => Object.keys(parameters)));
  return [...names]
    .filter((name) => !seedParameters.includes(name) && !ownColumns.includes(name))
    .filter((name) => new Set(records.flatMap(({ parameters }) => parameters[name] ?? [])).size > 1)
    .sort();
}

/** A parameter of a run by its name in sweep files. */
export function factorValue(record: RunRecord, factor: string): ParameterValue | undefined {
  switch (factor) {
    case 'task':
      return record.task;
    case 'strategy':
      return record.strategy;
    case 'sparsity':
      return record.sparsityAsked ?? undefined;
    case 'k':
      return record.k ?? undefined;
    default:
      return record.parameters[factor];
  }
}

/** Whether only arms with a layer loss have it. */
export function isLayerLossParameter(name: string): boolean {
  return layerLossParameters.includes(name);
}

export function isSeedParameter(name: string): boolean {
  return seedParameters.includes(name);
}

function identity({ task, strategy, sparsityAsked, imported }: RunRecord): Record<string, ParameterValue> {
  return { task, strategy, sparsity: sparsityAsked ?? 'unknown', imported };
}

function keyOf(parameters: Readonly<Record<string, ParameterValue>>, without: readonly string[]): string {
  return JSON.stringify(
    Object.entries(parameters)
      .filter(([name]) => !without.includes(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
