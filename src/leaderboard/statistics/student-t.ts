import { regularisedIncompleteBeta } from './incomplete-beta.ts';

/** P(T <= t) of Student's t with `degrees` degrees of freedom. */
export function studentTCdf(t: number, degrees: number): number {
  const square = t * t;
  // Near the middle the complement keeps the digits that the tail loses.
  if (square < degrees)
    return 0.5 + (Math.sign(t) / 2) * regularisedIncompleteBeta(square / (degrees + square), 0.5, degrees / 2);
  const tail = regularisedIncompleteBeta(degrees / (degrees + square), degrees / 2, 0.5) / 2;
  return t > 0 ? 1 - tail : tail;
}

/** P(T > t), exact in the far tail where 1 - cdf is not. */
export function studentTUpperTail(t: number, degrees: number): number {
  return studentTCdf(-t, degrees);
}

/** Few levels and few degrees are asked for again and again, by every cell of a table. */
const quantiles = new Map<string, number>();

/** The t below which Student's t lies with the given probability. */
export function studentTQuantile(probability: number, degrees: number): number {
  const key = `${probability} ${degrees}`;
  const known = quantiles.get(key);
  if (known !== undefined) return known;
  const found = quantileOf(probability, degrees);
  if (quantiles.size < 10_000) quantiles.set(key, found);
  return found;
}

function quantileOf(probability: number, degrees: number): number {
  if (probability === 0.5) return 0;
  if (probability < 0.5) return -upperQuantile(probability, degrees);
  return upperQuantile(1 - probability, degrees);
}

/** The t > 0 whose upper tail has the given probability, by bisection to the last bit. */
function upperQuantile(tail: number, degrees: number): number {
  let low = 0;
  let high = 1;
  while (studentTUpperTail(high, degrees) > tail) high *= 2;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (studentTUpperTail(middle, degrees) > tail) low = middle;
    else high = middle;
  }
}
