import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { TaskInfo } from '../glue/tasks.ts';
import { FactsError } from './facts-error.ts';

const splitsSchema = z.object({ splits: z.array(z.string()) });
const stateSchema = z.object({ _data_files: z.array(z.object({ filename: z.string() })) });

/**
 * The files of a data set that `datasets`' save_to_disk wrote for a task under a directory, by their names in it; or
 * undefined where there is none.
 *
 * @throws FactsError naming the file that a whole one would have.
 */
export function savedFiles(task: TaskInfo, root: string): Map<string, string> | undefined {
  const candidates = [root, join(root, task.name), join(root, task.directory ?? task.name)];
  const folder = candidates.find((path) => existsSync(join(path, 'dataset_dict.json')));
  if (folder === undefined) return undefined;
  for (const split of readJson(join(folder, 'dataset_dict.json'), splitsSchema).splits) checkSplit(join(folder, split));
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    names.flatMap((name) => (statSync(join(folder, name)).isFile() ? [[name, join(folder, name)] as const] : [])),
  );
}

function checkSplit(folder: string): void {
  const files = readJson(join(folder, 'state.json'), stateSchema)._data_files.map(({ filename }) => filename);
  for (const name of ['dataset_info.json', ...files]) {
    const path = join(folder, name);
    if (!existsSync(path)) throw new FactsError(`${path} is missing: ${asSaved}`);
    if (statSync(path).size === 0) throw new FactsError(`${path} is empty: ${asSaved}`);
  }
}

const asSaved = 'the data set is half-written, save it again with save_to_disk';

function readJson<T>(path: string, schema: z.ZodType<T>): T {
  if (!existsSync(path)) throw new FactsError(`${path} is missing: ${asSaved}`);
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    throw new FactsError(`${path} is not what save_to_disk writes: ${asSaved}`);
  }
}
