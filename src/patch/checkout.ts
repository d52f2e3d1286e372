import { accessSync, constants, lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { PatchError } from './error.ts';

/** The files of a checkout that a patch touches, by their paths inside it. */
export const trainerFile = 'trainer/trainer.py';
export const moduleFile = 'trainer/layersweep_layer_loss.py';
export const recordFile = '.layersweep-patch.json';

/**
 * A file of the checkout as bytes, or undefined where it is not there.
 *
 * @throws PatchError where a link leads outside the checkout, or something else than a file lies there.
 */
export function readInside(checkout: string, file: string): Buffer | undefined {
  const root = realpathSync(checkout);
  const path = join(root, file);
  if (lstatSync(dirname(path), { throwIfNoEntry: false }) === undefined) return undefined;
  if (!inside(root, resolved(dirname(path)))) throw leadsOutside(path);
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  if (!inside(root, resolved(path))) throw leadsOutside(path);
  if (!statSync(path).isFile()) throw new PatchError(`Expected ${path} to be a file; it is something else`);
  return readFileSync(path);
}

/** The root of a checkout of upstream's repository. */
export function requireCheckout(checkout: string): string {
  if (statSync(checkout, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new PatchError(`Expected a checkout of CoFiPruning at ${checkout}; there is no such folder`);
  }
  return realpathSync(checkout);
}

/** @throws PatchError where a folder that a patch writes in may not be written in. */
export function requireWritable(root: string): void {
  for (const folder of [root, dirname(join(root, moduleFile)), dirname(resolved(join(root, trainerFile)))]) {
    try {
      accessSync(folder, constants.W_OK | constants.X_OK);
    } catch (cause) {
      throw new PatchError(`${folder} may not be written in, and nothing was written. Mend its permissions (ls -ld)`, {
        cause,
      });
    }
  }
}

function resolved(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    throw new PatchError(`Expected ${path} to be a file of the checkout; it is a link that leads nowhere`);
  }
}

const inside = (root: string, path: string) => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);

const leadsOutside = (path: string) =>
  new PatchError(
    `${path} leads outside the checkout by a link; patch the folder that it leads to, or replace the link`,
  );
