import type { Command } from 'commander';
import pc from 'picocolors';
import type { Finding } from './doctor/finding.ts';
import { lookAtGlue } from './doctor/glue.ts';
import { lookAtDisk, lookAtGpus, lookAtMemory } from './doctor/hardware.ts';
import { lookAtNode, lookAtPackages, lookAtPython } from './doctor/packages.ts';
import { lookAtRegistries } from './doctor/registries.ts';
import { findPython } from './machine/find-python.ts';
import { type Layout, layoutOf } from './machine/layout.ts';
import { isComplete, lookAtSetUp } from './machine/set-up-state.ts';

type Options = { json?: boolean; online?: boolean };

/** `doctor`: what is missing on this machine, and the command that mends it. Exit code 1 when a sweep could not run. */
export function register(program: Command): void {
  program
    .command('doctor')
    .description('say what is missing on this machine, and the command that mends it')
    .option('--json', 'print the findings as JSON')
    .option('--online', 'ask the package registries too (always asked while set-up is incomplete)')
    .action(async ({ json, online }: Options) => {
      const findings = await examine(layoutOf(), { online: online === true });
      const isReady = findings.every(({ state }) => state !== 'missing');
      console.log(json ? JSON.stringify({ isReady, findings }, null, 2) : describe(findings, isReady));
      if (!isReady) process.exitCode = 1;
    });
}

async function examine(layout: Layout, options: { online: boolean }): Promise<Finding[]> {
  const state = lookAtSetUp(layout, { checks: false });
  const isSetUp = isComplete(state);
  const search = await findPython();
  const python =
    state.venv === 'ready' ? layout.python : search.kind === 'found' ? search.python.executable : undefined;
  const asksRegistries = (options.online || !isSetUp) && python !== undefined;
  const groups = await Promise.all([
    lookAtNode(layout),
    lookAtPython(layout, state),
    lookAtPackages(layout, state),
    lookAtDisk(layout, { isSetUp }),
    lookAtMemory(),
    lookAtGpus(layout),
    lookAtGlue(process.env),
    asksRegistries ? lookAtRegistries(layout, python) : [],
  ]);
  return groups.flat();
}

const marks: Readonly<Record<Finding['state'], string>> = {
  ok: pc.green('ok     '),
  warning: pc.yellow('warning'),
  missing: pc.red('missing'),
};

function describe(findings: readonly Finding[], isReady: boolean): string {
  const width = Math.max(...findings.map(({ title }) => title.length));
  const lines = findings.flatMap(({ state, title, found, mend }) => {
    const line = `${marks[state]}  ${title.padEnd(width)}  ${found}`;
    return mend === null ? [line] : [line, `${' '.repeat(9)}${' '.repeat(width)}  mend it: ${pc.bold(mend)}`];
  });
  const end = isReady ? 'Everything that a sweep needs is there.' : 'A sweep cannot run yet.';
  return [...lines, '', end].join('\n');
}
