/**
 * Holm's step-down correction (Holm 1979): adjusted p values in the order given, each at most 1.
 * A family of m tests keeps its error rate without assuming that the tests are independent.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => (pValues[a] ?? 0) - (pValues[b] ?? 0));
  const adjusted = new Array<number>(pValues.length).fill(1);
  let largest = 0;
  for (const [rank, index] of order.entries()) {
    largest = Math.max(largest, (pValues.length - rank) * (pValues[index] ?? 1));
    adjusted[index] = Math.min(1, largest);
  }
  return adjusted;
}
