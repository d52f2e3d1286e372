import { isAbsolute, join, resolve } from 'node:path';
import { type CofiSweep, sweepProblem } from '../sweep/index.ts';
import { importedPackages } from '../upstream/imports.ts';
import { askPython, PythonError, type PythonFacts } from '../upstream/python.ts';
import { type Checkout, entryFile, textOf } from './cofi-checkout.ts';

export type CofiPython = { readonly command: string; readonly packages: Readonly<Record<string, string>> };

/** Those whose version may change numbers. */
const counting = ['torch', 'transformers', 'datasets', 'numpy'];

/** Names that upstream imports and later versions of the packages do not have: [module, name, file that imports it]. */
const dropped = [
  ['transformers.file_utils', 'hf_bucket_url', 'utils/cofi_utils.py'],
  ['datasets', 'load_metric', entryFile],
] as const;

/**
 * Asks the user's Python for all that the checkout imports.
 *
 * @throws SweepFileProblems where it is missing or lacks something, with what to install.
 */
export async function lookUpCofiPython(
  sweep: CofiSweep,
  folder: string,
  { root, sources }: Checkout,
): Promise<CofiPython> {
  const command = sweep.python.includes('/') || isAbsolute(sweep.python) ? resolve(folder, sweep.python) : sweep.python;
  const packages = [...new Set([...importedPackages(sources, entryFile), ...importedPackages(sources, 'glue.py')])];
  const names = dropped.flatMap(([module, name, file]) =>
    textOf(sources, file).includes(name) ? [[module, name] as const] : [],
  );
  const facts = await ask(sweep, command, packages, names);
  const install = `${command} -m pip install -r ${join(root, 'requirements.txt')}`;
  if (facts.missing.length > 0) {
    throw sweepProblem(
      sweep,
      'python',
      `${command} lacks ${facts.missing.join(', ')}, which the checkout imports. Install them: ${install}`,
    );
  }
  const [lack] = facts.lacks;
  if (lack !== undefined) {
    const top = lack.split('.')[0] ?? lack;
    throw sweepProblem(
      sweep,
      'python',
      `${command} has ${top} ${facts.packages[top] ?? ''}, which no longer has ${lack}, and the checkout imports it. Install upstream's versions: ${install}`,
    );
  }
  const counted = Object.entries(facts.packages).filter(([name]) => counting.includes(name));
  return { command, packages: { ...Object.fromEntries(counted), python: facts.version } };
}

async function ask(
  sweep: CofiSweep,
  command: string,
  packages: readonly string[],
  names: readonly (readonly [string, string])[],
): Promise<PythonFacts> {
  try {
    return await askPython(command, packages, names);
  } catch (error) {
    if (!(error instanceof PythonError)) throw error;
    throw sweepProblem(
      sweep,
      'python',
      `Expected the Python of upstream's environment at ${command}: ${error.message}`,
    );
  }
}
