import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { explain } from './explain.ts';
import { verbs } from './verbs.ts';

// Verbs are loaded after this: their files are stripped of types and compiled once, not at every start.
enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url)));

const { version, description } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
  description: string;
};

const program = new Command('layersweep').description(description).version(version).showHelpAfterError();
const asked = process.argv[2] ?? '';
const chosen = verbs.filter(({ name, also }) => name === asked || also?.includes(asked));
for (const verb of chosen.length > 0 ? chosen : verbs) (await verb.load()).register(program);

try {
  await program.parseAsync();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
