import { join } from 'node:path';

/** Tests neither wait for the devices of a sweep that runs on this machine, or in another worker, nor take them from it. */
process.env.LAYERSWEEP_LEASE_DIR = join(
  import.meta.dirname,
  '../../.cache/test-leases',
  process.env.VITEST_POOL_ID ?? '0',
);
