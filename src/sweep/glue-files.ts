import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { tableLayouts } from '../glue/tables.ts';
import type { TaskInfo } from '../glue/tasks.ts';
import { checkTable } from './check-table.ts';
import { FactsError } from './facts-error.ts';
import { hashDigests, hashFiles } from './hash-files.ts';
import type { TaskFacts } from './plan-context.ts';
import { savedFiles } from './saved-dataset.ts';

/**
 * The data of a GLUE task under a directory: the download's TSV files, or a data set that was saved to disk. Warnings
 * name what looks half-written: tables with markedly fewer lines than GLUE's have rows.
 *
 * @throws FactsError naming the file that is missing or empty, or the row that the stages cannot use.
 */
export async function lookAtGlue(task: TaskInfo, directory: string): Promise<{ facts: TaskFacts; warnings: string[] }> {
  const root = resolve(directory);
  if (!existsSync(root))
    throw new FactsError(`The GLUE directory ${root} does not exist: give another with --glue-dir or data.path`);
  const source = { kind: 'directory', path: root } as const;
  const saved = savedFiles(task, root);
  if (saved !== undefined) return { facts: { source, fingerprint: await hashFiles(saved) }, warnings: [] };
  const layout = tableLayouts[task.name];
  if (layout === undefined) throw new Error(`no layout of the files of ${task.name}`);
  const digests = new Map<string, string>();
  const warnings: string[] = [];
  for (const [name, path] of tableFiles(task, root)) {
    const { digest, lines } = await checkTable(path, layout);
    digests.set(name, digest);
    warnings.push(...shortTable(path, lines, task, rowsOf(task, name)));
  }
  return { facts: { source, fingerprint: hashDigests(digests) }, warnings };
}

function rowsOf(task: TaskInfo, name: string): number | null {
  if (name === task.files[0]) return task.trainRows;
  return name === task.files[1] ? task.devRows : null;
}

function shortTable(path: string, lines: number, task: TaskInfo, rows: number | null): string[] {
  if (rows === null || lines >= rows * 0.95) return [];
  const [has, whole] = [lines, rows].map((count) => count.toLocaleString('en'));
  return [
    `${path} has ${has} lines, GLUE's ${task.label} has ${whole} rows there: get it again, unless you shortened it`,
  ];
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
