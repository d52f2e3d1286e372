/** What a sweep names cannot be used: missing, half-written, unknown. The message says what to do. */
export class FactsError extends Error {
  override readonly name = 'FactsError';
}
