type Rule = {
  /** Folders of src besides its own. */
  readonly folders: readonly string[] | 'all';
  /** Packages from npm; Node's own modules are allowed everywhere but in `wire` and `glue`. */
  readonly packages: readonly string[] | 'all';
};

/** What each folder of src may import. A folder that is not named here may not exist. */
const table: Readonly<Record<string, Rule>> = {
  cli: { folders: 'all', packages: 'all' },
  report: { folders: ['leaderboard'], packages: 'all' },
  leaderboard: { folders: ['glue', 'wire'], packages: 'all' },
  scheduler: { folders: ['executor', 'store', 'sweep', 'upstream', 'wire'], packages: 'all' },
  executor: { folders: ['store', 'wire'], packages: 'all' },
  store: { folders: ['wire'], packages: 'all' },
  parity: { folders: ['strategy', 'wire'], packages: 'all' },
  sweep: { folders: ['strategy', 'glue', 'wire'], packages: 'all' },
  strategy: { folders: [], packages: 'all' },
  patch: { folders: [], packages: 'all' },
  upstream: { folders: ['wire'], packages: 'all' },
  diagnose: { folders: ['upstream'], packages: 'all' },
  wire: { folders: [], packages: ['zod'] },
  glue: { folders: [], packages: ['zod'] },
};

/** Places that must not know each other, though their folders may: [importing, imported, why]. */
const apart = [
  ['src/strategy/reference/', 'src/strategy/torch/', 'their agreement must mean something'],
  ['src/strategy/torch/', 'src/strategy/reference/', 'their agreement must mean something'],
  ['src/parity/', 'src/strategy/torch/', 'parity holds what torch did against the reference alone'],
] as const;

const statement = /^(?:import|export)\b[^;'"]*?\bfrom\s*['"](?<specifier>[^'"\n]+)['"]/gm;
const bare = /^import\s*['"](?<specifier>[^'"\n]+)['"]/gm;
const dynamic = /\bimport\(\s*['"](?<specifier>[^'"\n]+)['"]\s*\)/g;
const printing = /\bconsole\.\w+\(|\bprocess\.(?:stdout|stderr|exitCode|exit\b)/;

/** What a file of src may not do, one line each: `path:line: …`. */
export function importProblems(path: string, text: string, resolve: (specifier: string) => string): string[] {
  const folder = path.split('/')[1] ?? '';
  const rule = table[folder];
  if (rule === undefined) return [`${path}: src/${folder} is not in the table of scripts/check-imports/rules.ts`];
  const problems: string[] = [];
  for (const { specifier, line } of importsOf(text)) {
    const problem = specifier.startsWith('.')
      ? fileProblem(path, folder, rule, resolve(specifier))
      : packageProblem(folder, rule, specifier);
    if (problem !== undefined) problems.push(`${path}:${line}: ${problem}`);
  }
  if (folder !== 'cli') problems.push(...printingProblems(path, text));
  return problems;
}

function importsOf(text: string): { specifier: string; line: number }[] {
  return [statement, bare, dynamic]
    .flatMap((pattern) => [...text.matchAll(pattern)])
    .map((match) => ({
      specifier: match.groups?.specifier ?? '',
      line: text.slice(0, match.index).split('\n').length,
    }));
}

function fileProblem(path: string, folder: string, rule: Rule, target: string): string | undefined {
  for (const [from, to, why] of apart) {
    if (path.startsWith(from) && target.startsWith(to)) return `${from} may not import ${target}: ${why}`;
  }
  const [top, to] = target.split('/');
  if (top !== 'src' || to === undefined) return `src imports nothing outside src, found ${target}`;
  if (to === folder || rule.folders === 'all' || rule.folders.includes(to)) return undefined;
  const allowed = rule.folders.length === 0 ? 'no other folder' : rule.folders.join(', ');
  return `src/${folder} may import ${allowed}, found ${target}`;
}

function packageProblem(folder: string, rule: Rule, specifier: string): string | undefined {
  if (specifier === 'zx') return 'zx is for scripts only';
  if (rule.packages === 'all' || rule.packages.includes(specifier)) return undefined;
  return `src/${folder} may import ${rule.packages.join(', ')} only, found ${specifier}`;
}

function printingProblems(path: string, text: string): string[] {
  return text.split('\n').flatMap((line, index) => {
    const code = line.replace(/\/\/.*|^\s*\*.*/, '');
    return printing.test(code) ? [`${path}:${index + 1}: only src/cli prints or sets an exit code`] : [];
  });
}
