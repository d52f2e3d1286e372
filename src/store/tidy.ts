import { rmSync } from 'node:fs';
import { join } from 'node:path';

/** A finished stage's checkpoint is of no more use. */
export function removeCheckpoint(stageDir: string): void {
  rmSync(join(stageDir, 'checkpoint'), { recursive: true, force: true });
}
