import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TaskInfo } from '../glue/tasks.ts';
import { FactsError } from './facts-error.ts';
import { countLines, hashFiles } from './hash-files.ts';
import type { TaskFacts } from './plan-context.ts';

/** Left by `datasets`' save_to_disk. */
const savedDataset = 'dataset_dict.json';

/**
 * The data of a GLUE task under a directory: the download's TSV files, or a data set that was saved to disk.
 *
 * @throws FactsError naming the file that is missing or empty.
 */
export async function fingerprintGlue(task: TaskInfo, directory: string): Promise<TaskFacts> {
  const root = resolve(directory);
  if (!existsSync(root))
    throw new FactsError(`The GLUE directory ${root} does not exist: give another with --glue-dir or data.path`);
  const files = savedFiles(task, root) ?? tableFiles(task, root);
  return { source: { kind: 'directory', path: root }, fingerprint: await hashFiles(files) };
}

/** What looks half-written: tables of the download with markedly fewer lines than GLUE's have rows. */
export async function shortTables(task: TaskInfo, root: string): Promise<string[]> {
  const expected = new Map([
    [task.files[0], task.trainRows],
    [task.files[1], task.devRows],
  ]);
  const found: string[] = [];
  for (const [name, rows] of expected) {
    const path = join(root, task.directory ?? task.name, name ?? '');
    if (name === undefined || rows === null || !existsSync(path)) continue;
    const lines = await countLines(path);
    if (lines >= rows * 0.95) continue;
    const [has, whole] = [lines, rows].map((count) => count.toLocaleString('en'));
    found.push(
      `${path} has ${has} lines, GLUE's ${task.label} has ${whole} rows there: get it again, unless you shortened it`,
    );
  }
  return found;
}

function savedFiles(task: TaskInfo, root: string): Map<string, string> | undefined {
  const candidates = [root, join(root, task.name), join(root, task.directory ?? task.name)];
  const folder = candidates.find((path) => existsSync(join(path, savedDataset)));
  if (folder === undefined) return undefined;
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    names.flatMap((name) => (statSync(join(folder, name)).isFile() ? [[name, join(folder, name)] as const] : [])),
  );
}

function tableFiles(task: TaskInfo, root: string): Map<string, string> {
  const folder = join(root, task.directory ?? task.name);
  if (!existsSync(folder)) {
    throw new FactsError(
      `${root} has no folder ${task.directory}: expected ${task.files.join(' and ')} of ${task.label} in it`,
    );
  }
  return new Map(task.files.map((name) => [name, requireFile(join(folder, name), task)]));
}

function requireFile(path: string, task: TaskInfo): string {
  const found = existsSync(path) ? statSync(path) : undefined;
  if (found === undefined || !found.isFile())
    throw new FactsError(`${path} is missing: ${task.label} needs ${task.files.join(' and ')}`);
  if (found.size === 0) throw new FactsError(`${path} is empty: get it again`);
  return path;
}
