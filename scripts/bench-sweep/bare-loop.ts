// The floor: nothing but execa and p-queue. bare-loop.ts PROGRAM FOLDER COUNT CONCURRENCY
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { execa } from 'execa';
import PQueue from 'p-queue';

const [, , program = '', folder = '', count = '0', concurrency = '2'] = argv;
mkdirSync(folder, { recursive: true });
const queue = new PQueue({ concurrency: Number(concurrency) });
await Promise.all(
  Array.from({ length: Number(count) }, (_, i) => queue.add(() => execa(program, [join(folder, `${i}.json`)]))),
);
