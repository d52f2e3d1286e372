import { renameSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { writeFileAtomic } from '../store/atomic-file.ts';
import { sortLines } from '../store/journal.ts';
import { openSweepFolder } from '../store/sweep-folder.ts';
import { defaultResultsDir, toPath } from './project.ts';

/** `repair SWEEP`: sets the damaged lines of a journal aside. Results lie elsewhere, and are found again. */
export function register(program: Command): void {
  program
    .command('repair')
    .description("set the damaged lines of a sweep's journal aside; results are not touched")
    .argument('<sweep>', 'name of the sweep')
    .option('--results <dir>', 'folder for results', toPath, defaultResultsDir)
    .option('--json', 'print what was done as JSON')
    .action((name: string, { results, json }: { results: string; json?: boolean }) => {
      const { paths, lock } = openSweepFolder(results, name);
      try {
        const { readable, damaged } = sortLines(paths.journal);
        const aside = `${paths.journal}.damaged-${Date.now()}`;
        writeFileSync(`${aside}.tmp`, `${damaged.join('\n')}\n`);
        renameSync(`${aside}.tmp`, aside);
        writeFileAtomic(paths.journal, readable.map((line) => `${line}\n`).join(''));
        console.log(
          json
            ? JSON.stringify({ sweep: name, kept: readable.length, setAside: damaged.length, aside })
            : `${paths.journal}: ${readable.length} lines kept, ${damaged.length} set aside in ${aside}`,
        );
      } finally {
        lock.release();
      }
    });
}
