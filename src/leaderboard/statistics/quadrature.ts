/** Positive nodes of the Gauss-Legendre rule of 16 points on [-1, 1], and their weights (numpy.polynomial.legendre.leggauss). */
const nodes = [
  [0.09501250983763744, 0.18945061045506864],
  [0.2816035507792589, 0.18260341504492364],
  [0.45801677765722737, 0.16915651939500265],
  [0.6178762444026438, 0.1495959888165767],
  [0.755404408355003, 0.12462897125553407],
  [0.8656312023878318, 0.0951585116824926],
  [0.9445750230732326, 0.062253523938647456],
  [0.9894009349916499, 0.027152459411754176],
] as const;

/** Integral of a smooth function over [low, high], by the Gauss-Legendre rule on equal panels. */
export function integrate(integrand: (x: number) => number, low: number, high: number, panels: number): number {
  const half = (high - low) / panels / 2;
  let total = 0;
  for (let panel = 0; panel < panels; panel++) {
    const middle = low + (2 * panel + 1) * half;
    for (const [node, weight] of nodes)
      total += weight * (integrand(middle - half * node) + integrand(middle + half * node));
  }
  return total * half;
}
