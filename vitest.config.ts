import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Trainers and sweeps run for real inside tests, on as few as two busy cores. */
const patienceMs = 120_000;

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/setup/temporary-folder.ts'],
    setupFiles: ['tests/setup/own-leases.ts', 'tests/setup/fail-on-console.ts'],
    pool: 'forks',
    // Much of a test's time is waiting for processes, so one worker would leave a machine of two cores half idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: patienceMs,
    hookTimeout: patienceMs,
    teardownTimeout: patienceMs,
    env: {
      OMP_NUM_THREADS: '1',
      HF_HUB_OFFLINE: '1',
      NO_COLOR: '1',
    },
  },
});
