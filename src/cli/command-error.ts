/** What a user can mend: its message says what, where, what was expected and what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
