import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type TaskInfo, tasks } from '../../glue/tasks.ts';
import { type Finding, ok, warning } from './finding.ts';

/** What LAYERSWEEP_GLUE_DIR holds, task by task. */
export function lookAtGlue(env: NodeJS.ProcessEnv): Finding {
  const [id, title] = ['glue', 'GLUE directory'];
  const dir = env.LAYERSWEEP_GLUE_DIR;
  if (dir === undefined || dir === '') {
    return ok(id, title, 'LAYERSWEEP_GLUE_DIR is not set; sweeps on GLUE take --glue-dir, or the hub');
  }
  const root = resolve(dir);
  const mend = 'export LAYERSWEEP_GLUE_DIR=/path/to/glue (with CoLA/train.tsv and so on)';
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory())
    return warning(id, title, `${root} is no folder`, mend);
  const glue = tasks.filter(({ family }) => family === 'glue');
  const complete = glue.filter((task) => absentFiles(root, task).length === 0).map(({ label }) => label);
  const partial = glue
    .filter((task) => existsSync(join(root, task.directory ?? '')))
    .flatMap((task) => absentFiles(root, task).map((file) => `${task.directory}/${file}`));
  if (complete.length === 0) return warning(id, title, `${root} holds no complete task`, mend);
  const found = `${root}: ${complete.join(', ')}`;
  return partial.length === 0
    ? ok(id, title, found)
    : warning(id, title, `${found}; missing: ${partial.join(', ')}`, null);
}

/** None for a task that the datasets library saved. */
function absentFiles(root: string, { directory, files, name }: TaskInfo): string[] {
  const folder = join(root, directory ?? '');
  const isSaved = [folder, join(root, name)].some((dir) => existsSync(join(dir, 'dataset_dict.json')));
  return isSaved ? [] : files.filter((file) => !existsSync(join(folder, file)));
}
