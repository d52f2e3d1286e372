const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** A number as tables have it, in decimal digits; null where there is none. A decimal comma is one only between semicolons. */
export function readNumber(written: string, delimiter: string): number | null {
  const plain = delimiter === ';' ? written.replace(/^([+-]?\d*),(\d+)/, '$1.$2') : written;
  const value = decimal.test(plain) ? Number(plain) : Number.NaN;
  return Number.isFinite(value) ? value : null;
}
