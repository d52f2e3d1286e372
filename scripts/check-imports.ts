import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { importProblems } from './check-imports/rules.ts';

/** Holds every import of src against the one-way table, and keeps printing and exit codes to src/cli. */
const root = join(import.meta.dirname, '..');
const files = globSync('src/**/*.ts', { cwd: root }).sort();
const problems = files.flatMap((path) =>
  importProblems(path, readFileSync(join(root, path), 'utf8'), (specifier) =>
    relative(root, join(root, dirname(path), specifier)),
  ),
);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`${files.length} files of src import only what they may`);
