import { existsSync, globSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findTask, type TaskInfo } from '../../glue/tasks.ts';
import type { SweepFile, TaskFacts } from '../../sweep/index.ts';
import { CommandError } from '../command-error.ts';
import { embeddedDataDir } from '../project.ts';
import { fingerprintFiles } from './fingerprint.ts';
import { resolveCommit } from './hub.ts';

const glueOnHub = 'nyu-mll/glue';

/** Where a task's data lies, and a hash of its bytes. */
export async function lookAtTask(
  name: string,
  data: SweepFile['data'],
  glueDir: string | undefined,
): Promise<TaskFacts> {
  const task = findTask(name);
  if (!task) throw new Error(`Expected a known task, found ${name}`);
  if (task.family === 'embedded') return embedded();
  const path = data.path ?? glueDir;
  if (data.source === 'hub' || (data.source === null && path === undefined)) return fromHub(data.path ?? glueOnHub);
  if (path === undefined) {
    throw new CommandError(
      'The sweep file asks for a GLUE directory. Give it: --glue-dir DIR, LAYERSWEEP_GLUE_DIR, or data.path',
    );
  }
  return fromDirectory(resolve(path), task);
}

async function embedded(): Promise<TaskFacts> {
  const dir = embeddedDataDir();
  if (dir === null) throw new CommandError('The embedded data are not set up. Fetch them: npm run setup');
  return {
    source: { kind: 'embedded' },
    fingerprint: await fingerprintFiles(globSync(join(dir, '*_GroundTruth.txt'))),
  };
}

async function fromHub(name: string): Promise<TaskFacts> {
  const commit = await resolveCommit('datasets', name, 'main');
  return { source: { kind: 'hub', name, commit }, fingerprint: commit };
}

/** The download's layout, or what `save_to_disk` of the datasets library writes. */
async function fromDirectory(root: string, task: TaskInfo): Promise<TaskFacts> {
  if (!existsSync(root))
    throw new CommandError(`${root}: expected GLUE's folder, found nothing there. Mend --glue-dir or data.path`);
  const saved = [root, join(root, task.name), join(root, task.directory ?? '')].find((dir) =>
    existsSync(join(dir, 'dataset_dict.json')),
  );
  const files = saved === undefined ? downloadedFiles(root, task) : globSync(join(saved, '**', '*.{arrow,json}'));
  return { source: { kind: 'directory', path: root }, fingerprint: await fingerprintFiles(files) };
}

function downloadedFiles(root: string, task: TaskInfo): string[] {
  return task.files.map((name) => {
    const path = join(root, task.directory ?? '', name);
    if (existsSync(path)) return path;
    throw new CommandError(
      `${path} is missing: expected ${task.label} in GLUE's standard layout. Complete the folder, or choose another task`,
    );
  });
}
