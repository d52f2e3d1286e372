import { hostname } from 'node:os';

/** A file by a path from the root on; not the middle of a URL or of a relative path. */
const absolutePath = /(?<![\w.~/:\]}-])(?:file:\/\/)?\/(?:[^\s/'"`,;:()<>|]+\/)+([^\s/'"`,;:()<>|]*)/g;
const host = new RegExp(`(?<![\\w-])${RegExp.escape(hostname())}(?![\\w-])`, 'g');

/** Tables are passed on: they name files from the results folder on, or by their last part, and not the machine. */
export function portable(text: string, resultsDir: string): string {
  return text.replaceAll(`${resultsDir}/`, '').replaceAll(absolutePath, '…/$1').replaceAll(host, 'this machine');
}
