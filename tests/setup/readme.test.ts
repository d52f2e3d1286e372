import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { verbs } from '../../src/cli/verbs.ts';
import { backendOf, parseCofiSweep, parseCommandSweep, parseSweepFile } from '../../src/sweep/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: root })].map((name) => ({
  name,
  text: readFileSync(join(root, name), 'utf8'),
}));
test('every npm command that a page names is a script', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const unknown = pages.flatMap(({ name, text }) =>
    [...text.matchAll(/\bnpm run ([a-z][\w:-]*)/g)]
      .filter(([, script = '']) => !(script in scripts))
      .map(([command]) => `${name}: ${command}`),
  );
  expect(unknown).toEqual([]);
});

test('every layersweep command that a page names is a verb with these options', async () => {
  const program = new Command('layersweep');
  for (const verb of verbs) (await verb.load()).register(program);
  const wrong = pages.flatMap(({ name, text }) =>
    [...text.matchAll(/\bnpx layersweep ([a-z][\w-]*)([^\n`#]*)/g)].flatMap(([whole, verb, rest = '']) => {
      const command = program.commands.find((one) => one.name() === verb);
      if (command === undefined) return [`${name}: ${whole}: no such verb`];
      const options = [...rest.matchAll(/--[a-z][\w-]*/g)].map(([option]) => option);
      return options
        .filter((option) => !command.options.some(({ long }) => long === option))
        .map((option) => `${name}: ${whole}: no option ${option}`);
    }),
  );
  expect(wrong).toEqual([]);
});

test('every link of a page to a file leads to one, and so does every sweep file that it names', () => {
  const broken = pages.flatMap(({ name, text }) => {
    const links = [...text.matchAll(/\]\((?<path>[^)#]+)[^)]*\)/g)].map(({ groups }) => groups?.path ?? '');
    const local = links.filter((path) => !path.includes('://')).map((path) => join(dirname(name), path));
    const sweeps = [...text.matchAll(/\bsweeps\/[\w-]+\.yaml/g)].map(([path]) => path);
    return [...local, ...sweeps].filter((path) => !existsSync(join(root, path))).map((path) => `${name}: ${path}`);
  });
  expect(broken).toEqual([]);
});

const parsers = { builtin: parseSweepFile, command: parseCommandSweep, cofi: parseCofiSweep };

test('every sweep file written out on a page is one', () => {
  const blocks = pages.flatMap(({ name, text }) =>
    [...text.matchAll(/```yaml\n(name:[\s\S]*?)```/g)].map(([, yaml = '']) => ({
      name,
      parsed: parsers[backendOf(yaml)](yaml, name),
    })),
  );
  expect(blocks.map(({ name }) => name)).toContain('README.md');
  expect(blocks.filter(({ parsed }) => !parsed.ok)).toEqual([]);
});
