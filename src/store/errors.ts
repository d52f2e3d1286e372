/** What a user can mend: its message says what, where, what was expected and what to do; shown without a stack. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}
