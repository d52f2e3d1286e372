/** log Σ exp(x), shifted by the greatest so that it cannot overflow. */
export function logSumExp(values: readonly number[]): number {
  const greatest = Math.max(...values);
  return greatest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - greatest), 0));
}
