import { execa } from 'execa';
import { z } from 'zod';
import { parseJson } from '../../store/parse-json.ts';

export const oldestPython = [3, 11] as const;
const candidates = ['python3.11', 'python3.12', 'python3.13', 'python3.14', 'python3', 'python'];

const answerSchema = z.object({
  version: z.tuple([z.int(), z.int(), z.int()]),
  executable: z.string(),
  venv: z.boolean(),
});
// Debian's python3 has the module venv, but not ensurepip, which venv cannot do without.
const question = `
import json, sys
from importlib.util import find_spec
venv = find_spec("venv") is not None and find_spec("ensurepip") is not None
print(json.dumps({"version": sys.version_info[:3], "executable": sys.executable, "venv": venv}))`;

export type Python = {
  /** As it was asked for: `python3.11`. */
  readonly command: string;
  readonly executable: string;
  readonly version: string;
};

export type PythonSearch =
  | { readonly kind: 'found'; readonly python: Python }
  /** New enough, but cannot make environments. */
  | { readonly kind: 'without-venv'; readonly python: Python }
  /** Every interpreter that answered, all of them too old; empty where there is none. */
  | { readonly kind: 'too-old'; readonly found: readonly Python[] };

/** The interpreter to make the environment from: LAYERSWEEP_PYTHON, else the first on the path that is new enough. */
export async function findPython(env: NodeJS.ProcessEnv = process.env): Promise<PythonSearch> {
  const named = env.LAYERSWEEP_PYTHON;
  const old: Python[] = [];
  let withoutVenv: Python | undefined;
  for (const command of named === undefined ? candidates : [named]) {
    const answer = await askPython(command, env);
    if (answer === undefined) continue;
    if (!answer.isNewEnough) old.push(answer.python);
    else if (answer.hasVenv) return { kind: 'found', python: answer.python };
    else withoutVenv ??= answer.python;
  }
  return withoutVenv ? { kind: 'without-venv', python: withoutVenv } : { kind: 'too-old', found: old };
}

type Answer = { readonly python: Python; readonly isNewEnough: boolean; readonly hasVenv: boolean };

/** Undefined where the command is not there or does not answer as Python does. */
export async function askPython(command: string, env: NodeJS.ProcessEnv = process.env): Promise<Answer | undefined> {
  const result = await execa(command, ['-I', '-c', question], {
    env,
    extendEnv: false,
    reject: false,
    timeout: 20_000,
  });
  if (result.failed) return undefined;
  const answer = answerSchema.safeParse(parseJson(result.stdout));
  if (!answer.success) return undefined;
  const { version, executable, venv } = answer.data;
  const [major, minor] = version;
  return {
    python: { command, executable, version: version.join('.') },
    isNewEnough: major === oldestPython[0] && minor >= oldestPython[1],
    hasVenv: venv,
  };
}

/** What to tell a person who has no Python that will do. */
export function explainSearch(search: Exclude<PythonSearch, { kind: 'found' }>): { found: string; mend: string } {
  const needed = oldestPython.join('.');
  if (search.kind === 'without-venv') {
    const { command, version } = search.python;
    const [major, minor] = version.split('.');
    return {
      found: `${command} is Python ${version}, but cannot make environments (no venv with pip)`,
      mend: `apt install python${major}.${minor}-venv`,
    };
  }
  const list = search.found.map(({ command, version }) => `${command} is ${version}`).join(', ');
  return {
    found: `no Python ${needed} or newer on the path${list === '' ? '' : ` (${list})`}`,
    mend: `apt install python3 python3-venv, or name one: LAYERSWEEP_PYTHON=/path/to/python${needed}`,
  };
}
