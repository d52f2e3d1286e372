import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TaskInfo } from '../glue/tasks.ts';
import { FactsError } from './facts-error.ts';
import { hashFiles } from './hash-files.ts';
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
