import { mkdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { EngineEvent } from '../scheduler/context.ts';
import type { StageKind, StageSpec } from '../scheduler/stage-spec.ts';
import { errorCode } from '../store/atomic-file.ts';
import { stageDirOf, sweepPaths } from '../store/paths.ts';

/** What trains nothing draws no curves, and a user's own program is not asked to. */
const withoutCurves: readonly StageKind[] = ['importance', 'evaluate', 'command'];

/**
 * Links each stage's TensorBoard folder into the sweep's, under the stage's label: `tensorboard --logdir results/NAME` shows
 * names instead of keys, stages shared with other sweeps included. Returns what follows the engine's events.
 */
export function linkCurves(
  resultsDir: string,
  name: string,
  say: (message: string) => void,
): (event: EngineEvent) => void {
  const dir = join(sweepPaths(resultsDir, name).dir, 'tensorboard');
  let failed = false;
  return (event) => {
    if (failed || (event.kind !== 'started' && event.kind !== 'followed' && event.kind !== 'succeeded')) return;
    if (withoutCurves.includes(event.spec.kind)) return;
    try {
      mkdirSync(dir, { recursive: true });
      link(dir, event.spec, resultsDir);
    } catch (error) {
      failed = true;
      say(
        `TensorBoard's curves have no names here, only keys: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  };
}

function link(dir: string, { key, label }: StageSpec, resultsDir: string): void {
  const target = relative(dir, join(stageDirOf(resultsDir, key), 'tensorboard'));
  const plain = label.replaceAll('/', '-');
  // Labels leave out what seldom varies, so two stages may share one.
  for (const name of [plain, `${plain} ${key}`]) {
    try {
      symlinkSync(target, join(dir, name));
      return;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
      if (readlinkSync(join(dir, name)) === target) return;
    }
  }
}
