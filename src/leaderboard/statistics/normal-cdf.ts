/** P(Z <= z) of the standard normal, absolute error below 1e-15 (series of Marsaglia 2004); simple-statistics' is a table of four digits. */
export function normalCdf(z: number): number {
  if (z < -9) return 0;
  if (z > 9) return 1;
  let term = z;
  let series = z;
  for (let i = 3; series + term !== series; i += 2) {
    term *= (z * z) / i;
    series += term;
  }
  return 0.5 + series * Math.exp(-0.5 * z * z - 0.5 * Math.log(2 * Math.PI));
}
