import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkCase } from './fuzz-parity/check-case.ts';
import { startModules } from './fuzz-parity/modules.ts';
import { randomCase } from './fuzz-parity/random-case.ts';

const usage = `Runs emitted modules beside the TypeScript reference on random strategies and inputs.
  --seed N       which cases (default: the present day)
  --cases N      how many (default 1000)
  --device D     cpu or cuda (default cpu)
Failures are written to tests/fixtures/parity, where the tests run them from then on.`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Date.now() / 86_400_000)) },
    cases: { type: 'string', default: '1000' },
    device: { type: 'string', default: 'cpu' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(usage);
else await fuzz(Number(values.seed), Number(values.cases), values.device === 'cuda' ? 'cuda' : 'cpu');

async function fuzz(seed: number, cases: number, device: 'cpu' | 'cuda'): Promise<void> {
  const fixtures = fileURLToPath(new URL('../tests/fixtures/parity', import.meta.url));
  const dir = await mkdtemp(join(tmpdir(), 'layersweep-fuzz-'));
  const modules = await startModules(dir);
  let failures = 0;
  console.log(`seed ${seed}, ${cases} cases on ${device}`);
  for (let index = 0; index < cases; index++) {
    const fuzzed = randomCase(seed, index, device);
    const reason = checkCase(fuzzed, await modules.run(fuzzed));
    if (reason === null) continue;
    failures += 1;
    await mkdir(fixtures, { recursive: true });
    const file = join(fixtures, `seed-${seed}-case-${index}.json`);
    await writeFile(file, `${JSON.stringify(fuzzed)}\n`);
    console.log(`case ${index} (${fuzzed.strategyName}): ${reason}\n  ${file}`);
  }
  await modules.close();
  await rm(dir, { recursive: true });
  console.log(`${cases - failures} of ${cases} cases agree`);
  process.exitCode = failures === 0 ? 0 : 1;
}
