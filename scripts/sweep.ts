import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { setUpOrExplain } from './set-up.ts';

/** `npm run sweep -- [FILE] [options]`: set-up where it is needed, then the sweep. */
if (await setUpOrExplain({ checks: false })) {
  const main = join(import.meta.dirname, '../src/cli/main.ts');
  const run = spawn(execPath, ['--disable-warning=ExperimentalWarning', main, 'run', ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  // The terminal sends Ctrl-C to both; whoever ends only this process means the sweep.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => run.kill(signal));
  run.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
  });
}
