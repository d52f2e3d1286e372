/** A checkout that is not as expected; nothing was written. */
export class PatchError extends Error {
  override readonly name = 'PatchError';
}
