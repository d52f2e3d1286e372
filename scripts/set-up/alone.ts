import { setTimeout } from 'node:timers/promises';
import { ownIdentity } from '../../src/store/identity.ts';
import { takeLock } from '../../src/store/lock.ts';

const pollMs = 500;

/** Does `work` while no other set-up of this folder is under way; waits for one that is, and says so once. */
export async function alone<T>(lockDir: string, say: (text: string) => void, work: () => Promise<T>): Promise<T> {
  const me = ownIdentity();
  for (let waited = false; ; waited = true) {
    const attempt = takeLock(lockDir, me);
    if ('lock' in attempt) {
      try {
        return await work();
      } finally {
        attempt.lock.release();
      }
    }
    if (!waited)
      say(
        `Another set-up is under way here (process ${attempt.heldBy.pid} on ${attempt.heldBy.host}): waiting for it.`,
      );
    await setTimeout(pollMs);
  }
}
