import type { Control } from '../scheduler/control.ts';

/** Ctrl-C once: finish what runs. Twice: end it. Three times: kill it. A closed terminal leaves it running. */
export function installLadder(control: Control, say: (message: string) => void): () => void {
  let pressed = 0;
  const onInterrupt = (): void => {
    pressed += 1;
    if (pressed === 1) {
      say(
        'Finishing what runs, starting nothing more. Ctrl-C again ends it; it goes on from its checkpoint next time.',
      );
      control.finish('interrupted');
    } else if (pressed === 2) {
      say('Ending what runs (TERM). Ctrl-C again kills it.');
      control.end('SIGTERM', 'interrupted');
    } else {
      say('Killing what runs.');
      control.end('SIGKILL', 'interrupted');
    }
  };
  const onTerminate = (): void => control.end('SIGTERM', 'terminated');
  const onHangUp = (): void => control.detach();
  // Nobody is left to read what is written to a closed terminal.
  const onOutputError = (): void => {};
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onTerminate);
  process.on('SIGHUP', onHangUp);
  process.stdout.on('error', onOutputError);
  process.stderr.on('error', onOutputError);
  return () => {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onTerminate);
    process.off('SIGHUP', onHangUp);
  };
}
