import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';

const usage = 'Holds emitted modules and probes against the TypeScript reference: [--device cpu|cuda] (default cpu)';
const { values } = parseArgs({
  options: { device: { type: 'string', default: 'cpu' }, help: { type: 'boolean', default: false } },
});

if (values.help) console.log(usage);
else if (values.device !== 'cpu' && values.device !== 'cuda') fail(values.device);
else await runTests(values.device);

async function runTests(device: 'cpu' | 'cuda'): Promise<void> {
  const { exitCode } = await execa('vitest', ['run', 'tests/parity', 'tests/strategy'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    preferLocal: true,
    stdio: 'inherit',
    reject: false,
    env: { LAYERSWEEP_PARITY_DEVICE: device },
  });
  process.exitCode = exitCode ?? 1;
}

function fail(device: string): void {
  console.error(`Expected --device cpu or cuda, got "${device}"`);
  process.exitCode = 64;
}
