// Runs a program, and passes on what it prints without what it was told in confidence. It ends as the program does,
// after it: a signal to the process group reaches both.
// usage: masked-program.ts COMMAND [ARGUMENT...], with the values in $LAYERSWEEP_SECRETS
import { type ChildProcess, spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import { argv, env, exit } from 'node:process';
import type { Readable } from 'node:stream';
import { setImmediate as nextRound } from 'node:timers/promises';
import { errorCode, isDiskFull } from '../store/atomic-file.ts';
import { maskedLines, secretsVariable } from './masked-lines.ts';

const [, , file = '', ...args] = argv;
const { [secretsVariable]: secretsText = '[]', ...programEnv } = env;
const secrets = JSON.parse(secretsText) as string[];
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});

const child = spawn(file, args, { env: programEnv, stdio: ['ignore', 'pipe', 'pipe'] });
const flushes = [passOn(child.stdout, 1), passOn(child.stderr, 2)];
const code = await codeOf(child);
// All that it wrote is in the pipes by now, which a round empties; what it left behind may hold them open for ever.
for (let round = 0; round < 3; round += 1) await nextRound();
for (const flush of flushes) flush();
exit(code);

function passOn(stream: Readable, descriptor: number): () => void {
  const masked = maskedLines(secrets);
  stream.on('data', (bytes: Buffer) => write(descriptor, masked.push(bytes)));
  return () => write(descriptor, masked.rest());
}

/** As a shell tells it. */
function codeOf(program: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    program.on('exit', (exitCode, signal) => resolve(exitCode ?? 128 + constants.signals[signal ?? 'SIGKILL']));
    program.on('error', (error) => {
      write(2, Buffer.from(`${file}: ${error.message}\n`));
      resolve(errorCode(error) === 'ENOENT' ? 127 : 126);
    });
  });
}

/** A program must not stop at a full pipe because a disk is full: its own files will tell it. */
function write(descriptor: number, bytes: Buffer): void {
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
  }
}
