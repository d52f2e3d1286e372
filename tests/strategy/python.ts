import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a Python program from the project's environment and parses the JSON that it prints. */
export async function runPython(program: string, input: unknown = null): Promise<unknown> {
  const { stdout } = await execa(`${root}.venv/bin/python`, ['-c', program], {
    input: JSON.stringify(input),
    maxBuffer: 2 ** 28,
    env: { OMP_NUM_THREADS: '1' },
  });
  return JSON.parse(stdout);
}
