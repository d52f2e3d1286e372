import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What tests, and programs that they start, leave in the system's temporary folder lies in one of ours, and goes with it. */
const folder = mkdtempSync(join(realpathSync(tmpdir()), 'layersweep-tests-'));

export function setup(): void {
  process.env.TMPDIR = folder;
}

export function teardown(): void {
  rmSync(folder, { recursive: true, force: true });
}
