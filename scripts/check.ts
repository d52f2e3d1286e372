import { join } from 'node:path';
import { setUpOrExplain } from './set-up.ts';
import { checks } from './test/checks.ts';
import { runTools, sayRun } from './test/run-tool.ts';

/** `npm run check`: every check of `npm test`, without the suites. */
if (await setUpOrExplain({ checks: true })) {
  const runs = await runTools(join(import.meta.dirname, '..'), checks, sayRun);
  if (runs.some(({ ok }) => !ok)) process.exitCode = 1;
}
