import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { errorCode, readFileIfAny, writeFileAtomic } from './atomic-file.ts';

/** What another process may ask of the one that runs a sweep. */
export const commandSchema = z.discriminatedUnion('command', [
  z.strictObject({ command: z.literal('finish') }),
  z.strictObject({ command: z.literal('cancel'), kill: z.boolean() }),
  z.strictObject({ command: z.literal('pause') }),
  z.strictObject({ command: z.literal('resume') }),
  z.strictObject({ command: z.literal('drain'), device: z.string() }),
  z.strictObject({ command: z.literal('undrain'), device: z.string() }),
  z.strictObject({ command: z.literal('slots'), count: z.int().min(1) }),
  z.strictObject({ command: z.literal('retry'), keys: z.array(z.string()) }),
]);
export type SweepCommand = z.infer<typeof commandSchema>;

/** Leaves a command for a sweep's orchestrator; true when it was taken within the time given. */
export async function sendCommand(controlDir: string, command: SweepCommand, waitMs = 5000): Promise<boolean> {
  mkdirSync(controlDir, { recursive: true });
  const path = join(controlDir, `${Date.now()}-${process.pid}.json`);
  writeFileAtomic(path, `${JSON.stringify(command)}\n`);
  const pollMs = 50;
  for (let waitedMs = 0; waitedMs < waitMs; waitedMs += pollMs) {
    await sleep(pollMs);
    if (readFileIfAny(path) === undefined) return true;
  }
  rmSync(path, { force: true });
  return false;
}

/** Takes the commands that were left, oldest first; one that is no command is dropped. */
export function takeCommands(controlDir: string): SweepCommand[] {
  let names: string[];
  try {
    names = readdirSync(controlDir);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => takeCommand(join(controlDir, name)))
    .filter((command) => command !== undefined);
}

function takeCommand(path: string): SweepCommand | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    rmSync(path, { force: true });
    return commandSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
