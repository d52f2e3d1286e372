import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** A finished stage's checkpoint is of no more use. */
export function removeCheckpoint(stageDir: string): void {
  const checkpoint = join(stageDir, 'checkpoint');
  if (existsSync(checkpoint)) rmSync(checkpoint, { recursive: true, force: true });
}
