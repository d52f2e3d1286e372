import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, stdin } from 'node:process';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { catalogue } from '../../src/strategy/catalogue.ts';
import { strategySchema } from '../../src/strategy/specification/strategy.ts';
import { moduleFileName } from '../../src/strategy/torch/file-name.ts';
import { emitModule } from '../../src/strategy/torch/index.ts';

/** For the Python tests: emits the catalogue, and the strategies named on stdin (JSON), into a folder. */
const [, , folder] = argv;
if (folder === undefined) throw new Error('Expected a folder');
const given = z.record(z.string(), strategySchema).parse(JSON.parse(await text(stdin)));
const named = catalogue
  .filter(({ strategy }) => strategy.kind !== 'none')
  .map(({ name, strategy }) => [name, strategy] as const);
mkdirSync(folder, { recursive: true });
for (const [name, strategy] of [...named, ...Object.entries(given)]) {
  writeFileSync(join(folder, moduleFileName(name)), emitModule(name, strategy));
}
