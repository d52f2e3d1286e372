import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedSets } from '../../sweep/embedded.ts';

/** A file of the embedded sets, by its name in the archive and here. */
export type EmbeddedFile = { readonly name: string; readonly sha256: string };

/** The archive inside vaderSentiment's source distribution, and the folder inside that. */
export const embeddedArchive = 'additional_resources/hutto_ICWSM_2014.tar.gz';
export const embeddedFolder = 'hutto_ICWSM_2014';

const stems: Readonly<Record<string, string>> = {
  movies: 'movieReviewSnippets',
  tweets: 'tweets',
  amazon: 'amazonReviewSnippets',
  nyt: 'nytEditorialSnippets',
};

export const embeddedFiles: readonly EmbeddedFile[] = Object.entries(embeddedSets).map(([task, sha256]) => ({
  name: `${stems[task]}_GroundTruth.txt`,
  sha256,
}));

export const embeddedLicense: EmbeddedFile = {
  name: 'LICENSE.txt',
  sha256: '74cfe41cdbf7f6925aeb4c18c148ec8db042540edb6739fd81069aa4e3c8b118',
};

/** Names of files that are not there, or not byte for byte what was published. */
export function damagedEmbeddedFiles(dir: string): string[] {
  return [...embeddedFiles, embeddedLicense]
    .filter(({ name, sha256 }) => hashOfFile(join(dir, name)) !== sha256)
    .map(({ name }) => name);
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function hashOfFile(path: string): string | undefined {
  try {
    return sha256(readFileSync(path));
  } catch {
    return undefined;
  }
}
