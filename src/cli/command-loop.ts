import type { Engine } from '../scheduler/engine.ts';
import { writeFileAtomic } from '../store/atomic-file.ts';
import { type SweepCommand, takeCommands } from '../store/control-channel.ts';
import type { SweepPaths } from '../store/paths.ts';

const pollMs = 500;

/** Obeys what other processes ask of this sweep, and tells them how it stands; returns what ends that. */
export function obeyCommands(engine: Engine, paths: SweepPaths): () => void {
  tellStatus(engine, paths);
  const timer = setInterval(() => {
    for (const command of takeCommands(paths.control)) obey(engine, command);
    tellStatus(engine, paths);
  }, pollMs);
  return () => clearInterval(timer);
}

function tellStatus(engine: Engine, paths: SweepPaths): void {
  try {
    writeFileAtomic(paths.status, `${JSON.stringify({ schemaVersion: 1, atMs: Date.now(), ...engine.snapshot() })}\n`);
  } catch {
    // A convenience for `status`; a full disk shows itself where it matters.
  }
}

function obey({ control }: Engine, command: SweepCommand): void {
  switch (command.command) {
    case 'finish':
      control.finish('asked to stop');
      return;
    case 'cancel':
      control.end(command.kill ? 'SIGKILL' : 'SIGTERM', 'cancelled');
      return;
    case 'pause':
      control.pause();
      return;
    case 'resume':
      control.resume();
      return;
    case 'drain':
      control.drain(command.device);
      return;
    case 'undrain':
      control.undrain(command.device);
      return;
    case 'slots':
      control.setSlots(command.count);
      return;
    case 'retry':
      control.retry(command.keys);
      return;
    default:
      command satisfies never;
  }
}
