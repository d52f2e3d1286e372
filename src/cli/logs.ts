import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import pc from 'picocolors';
import { followText, type TextTail } from '../executor/tail.ts';
import { lastAttempt } from '../store/claim.ts';
import { attemptPaths, stageDirOf } from '../store/paths.ts';
import { maskSecrets, secretsIn } from '../store/secrets.ts';
import type { ResolvedSweep } from '../store/sweep-folder.ts';
import { CommandError } from './command-error.ts';
import { findSweep } from './find-sweep.ts';
import { printJson } from './json-shapes.ts';
import { asCommand, defaultResultsDir, toPath } from './project.ts';

type Options = {
  results: string;
  sweep?: string;
  follow?: boolean;
  json?: boolean;
};
type Source = {
  readonly label: string;
  readonly stageDir: string;
  readonly attempt: number;
  readonly live: boolean;
};

const pollMs = 300;

/** `logs [STAGE] [SWEEP]`: what stages printed; with -f as they print it. */
export function register(program: Command): void {
  program
    .command('logs')
    .description('print what stages print: those that run, or those whose name or key holds STAGE')
    .argument('[stage]', 'part of the name or key of a stage')
    .argument('[sweep]', 'name or file of a sweep; the latest without')
    .option('-f, --follow', 'go on as they print')
    .option('--sweep <name>', 'the same, where no stage is named')
    .option('--results <dir>', 'folder for results', toPath, defaultResultsDir)
    .option('--json', 'print the files of the logs as JSON')
    .action(async (part: string | undefined, name: string | undefined, options: Options) => {
      const sweep = findSweep(options.results, name ?? options.sweep);
      const sources = expectSources(options.results, sweep, part);
      if (options.json) {
        const files = sources.map(({ label, stageDir, attempt }) => ({
          label,
          attempt,
          ...attemptPaths(stageDir, attempt),
        }));
        printJson('logs', files);
      } else if (options.follow) {
        await follow(options.results, sweep, part);
      } else {
        for (const source of sources) for (const tail of tailsOf(source)) printAll(source, tail);
      }
    });
}

function sourcesOf(resultsDir: string, sweep: ResolvedSweep, part: string | undefined): Source[] {
  const sources = sweep.stages
    .filter(({ key, label }) => part === undefined || key.includes(part) || label.includes(part))
    .flatMap(({ key, label }): Source[] => {
      const stageDir = stageDirOf(resultsDir, key);
      const last = lastAttempt(stageDir);
      return last.kind === 'none'
        ? []
        : [
            {
              label,
              stageDir,
              attempt: last.attempt,
              live: last.kind === 'live',
            },
          ];
    });
  return part === undefined ? sources.filter(({ live }) => live) : sources;
}

function expectSources(resultsDir: string, sweep: ResolvedSweep, part: string | undefined): Source[] {
  const chosen = sourcesOf(resultsDir, sweep, part);
  if (chosen.length === 0) {
    throw new CommandError(
      part === undefined
        ? `No stage of \`${sweep.name}\` is running. Name one: ${asCommand(`logs STAGE ${sweep.name}`, resultsDir)}`
        : `No stage of \`${sweep.name}\` that has started is called anything like \`${part}\`. See: ${asCommand(`status ${sweep.name} --json`, resultsDir)}`,
    );
  }
  return chosen;
}

/** New attempts and newly started stages are picked up; ends with Ctrl-C, or when none of them runs any more. */
async function follow(resultsDir: string, sweep: ResolvedSweep, part: string | undefined): Promise<void> {
  const followed = new Map<string, { readonly source: Source; readonly tails: readonly TextTail[] }>();
  for (let live = true; live; ) {
    const sources = followed.size === 0 ? expectSources(resultsDir, sweep, part) : sourcesOf(resultsDir, sweep, part);
    live = sources.some((source) => source.live);
    const current = new Map(sources.map((source) => [`${source.stageDir}#${source.attempt}`, source]));
    for (const [id, source] of current) {
      if (!followed.has(id)) followed.set(id, { source, tails: tailsOf(source) });
    }
    for (const [id, { source, tails }] of followed) {
      const hasEnded = !live || !current.has(id);
      for (const tail of tails) (hasEnded ? printAll : printNew)(source, tail);
      if (hasEnded) followed.delete(id);
    }
    if (live) await sleep(pollMs);
  }
}

function tailsOf({ stageDir, attempt }: Source): TextTail[] {
  const { stdout, stderr } = attemptPaths(stageDir, attempt);
  return [followText(stdout), followText(stderr)];
}

function printNew(source: Source, tail: TextTail): number {
  const lines = tail.readLines();
  print(source, lines);
  return lines.length;
}

/** With the last line, though its writer never completed it. */
function printAll(source: Source, tail: TextTail): void {
  while (printNew(source, tail) > 0);
  print(source, tail.readRest());
}

/** A stage that was told no secret writes its files itself: what only looks like one is masked when it has ended. */
function print({ label }: Source, lines: readonly string[]): void {
  const secrets = secretsIn(process.env);
  for (const line of lines) console.log(`${pc.dim(`${label} |`)} ${maskSecrets(line, secrets)}`);
}
