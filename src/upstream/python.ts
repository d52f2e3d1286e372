import { execa } from 'execa';
import { z } from 'zod';

/** What a user's Python says of itself. */
export type PythonFacts = {
  readonly version: string;
  readonly missing: readonly string[];
  /** Versions of installed packages, by name. */
  readonly packages: Readonly<Record<string, string>>;
  /** Names that upstream imports and the installed version no longer has: `transformers.file_utils.hf_bucket_url`. */
  readonly lacks: readonly string[];
};

export class PythonError extends Error {
  override readonly name = 'PythonError';
}

const answerSchema = z.object({
  version: z.string(),
  missing: z.array(z.string()),
  packages: z.record(z.string(), z.string()),
  lacks: z.array(z.string()),
});

/** Looks for packages without importing them, which would take a while. */
const question = `
import importlib.util, json, os, sys
wanted, names = json.loads(sys.argv[1])
def version_of(name):
    try:
        from importlib.metadata import version
        return version(name)
    except Exception:
        return None
def place_of(name):
    spec = importlib.util.find_spec(name)
    return None if spec is None else (list(spec.submodule_search_locations or []) or [None])[0]
def has(module, name):
    top, _, rest = module.partition(".")
    place = place_of(top)
    if place is None:
        return True
    path = os.path.join(place, rest.replace(".", "/") + ".py" if rest else "__init__.py")
    try:
        with open(path, encoding="utf8") as file:
            return name in file.read()
    except OSError:
        return False
missing = [name for name in wanted if importlib.util.find_spec(name) is None]
packages = {name: version_of(name) for name in wanted}
print(json.dumps({
    "version": "%d.%d.%d" % sys.version_info[:3],
    "missing": missing,
    "packages": {name: version for name, version in packages.items() if version},
    "lacks": [module + "." + name for module, name in names if not has(module, name)],
}))
`;

/**
 * Asks a Python what it has of the packages, and of single names in them.
 *
 * @throws PythonError where there is none, or it does not answer as Python 3 does.
 */
export async function askPython(
  python: string,
  packages: readonly string[],
  names: readonly (readonly [module: string, name: string])[],
): Promise<PythonFacts> {
  const asked = await execa(python, ['-c', question, JSON.stringify([packages, names])], {
    cwd: '/',
    reject: false,
    timeout: 120_000,
  });
  if (asked.failed) {
    if (asked.code === 'ENOENT' || asked.code === 'EACCES')
      throw new PythonError('there is no program that can be run');
    const said = asked.stderr?.trim().split('\n').at(-1);
    throw new PythonError(said === undefined || said === '' ? 'it said nothing' : said);
  }
  const answer = answerSchema.safeParse(parseJson(asked.stdout.trim().split('\n').at(-1) ?? ''));
  if (!answer.success) throw new PythonError('it does not answer as Python 3 does');
  return answer.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
