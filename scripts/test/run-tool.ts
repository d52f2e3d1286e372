import { join } from 'node:path';
import { $ } from 'zx';

export type Tool = {
  readonly name: string;
  /** Program and arguments, run in the root of the checkout. */
  readonly command: readonly [string, ...string[]];
};

export type ToolRun = {
  readonly name: string;
  readonly ok: boolean;
  readonly output: string;
  readonly seconds: number;
};

/** Runs a tool of the project; its output is kept, or goes to the terminal as it comes. */
export async function runTool(
  root: string,
  { name, command }: Tool,
  output: 'kept' | 'shown' = 'kept',
): Promise<ToolRun> {
  const startMs = performance.now();
  const stdio =
    output === 'shown' ? (['ignore', 'inherit', 'inherit'] as const) : (['ignore', 'pipe', 'pipe'] as const);
  const result = await $({
    cwd: root,
    env: environment(root),
    nothrow: true,
    quiet: true,
    stdio: [...stdio],
  })`${command}`;
  const seconds = (performance.now() - startMs) / 1000;
  return { name, ok: result.exitCode === 0, output: output === 'shown' ? '' : result.stdall.trimEnd(), seconds };
}

/** Runs tools two at a time: each is one process, and two cores are what there is at least. */
export async function runTools(
  root: string,
  tools: readonly Tool[],
  report: (run: ToolRun) => void,
): Promise<ToolRun[]> {
  const waiting = [...tools];
  const runs: ToolRun[] = [];
  const work = async () => {
    for (let tool = waiting.shift(); tool !== undefined; tool = waiting.shift()) {
      const run = await runTool(root, tool);
      report(run);
      runs.push(run);
    }
  };
  await Promise.all([work(), work()]);
  return runs;
}

/** One line for a tool that is content, and all that it said for one that is not. */
export function sayRun({ name, ok, output, seconds }: ToolRun): void {
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${seconds.toFixed(1)} s)`);
  if (!ok) console.log(output.replace(/^/gm, '       '));
}

/** The project's own Node and Python first; nothing reaches for a hub. */
function environment(root: string): NodeJS.ProcessEnv {
  const path = [join(root, 'node_modules/.bin'), join(root, '.venv/bin'), process.env.PATH ?? ''].join(':');
  const { PYTHONPATH: _path, PYTHONHOME: _home, ...env } = process.env;
  return { ...env, PATH: path, OMP_NUM_THREADS: '1', HF_HUB_OFFLINE: '1' };
}
