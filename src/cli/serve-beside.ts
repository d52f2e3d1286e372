import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

/**
 * Serves a sweep's page in a process of its own while the sweep runs, so that no page makes a stage wait. It ends with
 * this process, however that ends, and not by the Ctrl-C that lets the sweep finish what runs. Returns how to end it.
 */
export function serveBeside(sweepDir: string, port: number, say: (message: string) => void): () => void {
  const child = execa(
    process.execPath,
    [...process.execArgv, main, 'report', sweepDir, '--serve', '--port', String(port), '--until-stdin-ends'],
    {
      stdin: 'pipe',
      reject: false,
      buffer: false,
    },
  );
  child.stdout.setEncoding('utf8').on('data', (text: string) => say(text.trim()));
  child.stderr.setEncoding('utf8').on('data', (text: string) => say(text.trim()));
  return () => child.kill();
}
