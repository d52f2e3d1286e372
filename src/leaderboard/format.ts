/** A share or score in percent points: 0.8534 is `85.34`. */
export function points(value: number, digits = 2): string {
  return (100 * value).toFixed(digits).replace(/^-(0(\.0*)?)$/, '$1');
}

/** The same with its sign, as differences are shown. */
export function signedPoints(value: number, digits = 2): string {
  const text = points(value, digits);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

export function pValue(p: number): string {
  return p < 0.0001 ? '<0.0001' : p.toFixed(4);
}
