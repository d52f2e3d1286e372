/** What is wrong with a table to import, where, and what was expected. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
}

/** Which column of a table holds what; null: none does. */
export type ColumnMap = {
  readonly task: string;
  readonly strategy: string;
  readonly seed: string;
  readonly score: string;
  readonly sparsity: string | null;
  readonly achievedSparsity: string | null;
  readonly speedup: string | null;
  readonly k: string | null;
};

export const columnRoles = [
  'task',
  'strategy',
  'seed',
  'score',
  'sparsity',
  'achievedSparsity',
  'speedup',
  'k',
] as const;

/** Names by which columns are recognised, the likelier first; the last part of a dotted or slashed name counts too. */
const knownNames: Readonly<Record<keyof ColumnMap, readonly string[]>> = {
  task: ['task', 'task_name', 'dataset'],
  strategy: ['strategy', 'layer_distill_version', 'method', 'arm'],
  seed: ['seed'],
  score: [
    'score',
    'best_eval_score',
    'best_eval_score_so_far',
    'score_mean',
    'accuracy',
    'matthews_correlation',
    'combined_score',
    'acc',
    'mcc',
  ],
  sparsity: ['sparsity', 'target_sparsity', 'sparsity_asked'],
  achievedSparsity: ['achieved_sparsity', 'sparsity_achieved', 'pruned_model_sparsity'],
  speedup: ['speedup', 'speed_up'],
  k: ['k', 'num_teacher_layers'],
};

/** Finds the columns of a table; `given` names them where they are called otherwise. */
export function findColumns(header: readonly string[], file: string, given: Partial<ColumnMap>): ColumnMap {
  const wrong = Object.entries(given).filter(([, column]) => column !== null && !header.includes(column));
  if (wrong.length > 0) {
    const [[role, column] = ['', '']] = wrong;
    throw new ImportError(`${file}: Expected a column \`${column}\` for ${role}, found: ${header.join(', ')}`);
  }
  const found = (role: keyof ColumnMap): string | null => given[role] ?? recognise(header, knownNames[role]);
  const [task, strategy, seed, score] = [found('task'), found('strategy'), found('seed'), found('score')];
  if (task === null || strategy === null || seed === null || score === null) {
    const missing = Object.entries({ task, strategy, seed, score }).flatMap(([role, column]) =>
      column === null ? [role] : [],
    );
    throw new ImportError(
      `${file}:1 Expected columns for ${missing.join(', ')}, found: ${header.join(', ')}. Name them: ${missing.map((role) => `--column ${role}=NAME`).join(' ')}`,
    );
  }
  return {
    ...{ task, strategy, seed, score },
    sparsity: found('sparsity'),
    achievedSparsity: found('achievedSparsity'),
    speedup: found('speedup'),
    k: found('k'),
  };
}

function recognise(header: readonly string[], names: readonly string[]): string | null {
  const plain = (name: string) => name.toLowerCase().replaceAll(/[\s-]/g, '_');
  for (const name of names) {
    const exact = header.find((column) => plain(column) === name);
    if (exact !== undefined) return exact;
    const nested = header.find((column) => plain(column).split(/[./]/).at(-1) === name);
    if (nested !== undefined) return nested;
  }
  return null;
}
