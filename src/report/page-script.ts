import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const entry = fileURLToPath(new URL('./client/main.ts', import.meta.url));

let made: Promise<string> | undefined;

/** The page's program with its chart library in one piece, without anything to fetch. */
export function pageScript(): Promise<string> {
  made ??= bundle();
  return made;
}

async function bundle(): Promise<string> {
  const { output } = await build({
    input: entry,
    write: false,
    platform: 'browser',
    logLevel: 'silent',
    output: { format: 'iife', minify: true },
  });
  const [chunk] = output;
  if (chunk?.type !== 'chunk') throw new Error(`Expected ${entry} to become one script`);
  return chunk.code;
}
