/** The emitter would have to approximate this strategy, so it refuses. */
export class UnsupportedStrategyError extends Error {
  override readonly name = 'UnsupportedStrategyError';
}
