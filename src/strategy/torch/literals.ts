import { UnsupportedStrategyError } from './errors.ts';

/** A Python int literal. */
export function pyInt(value: number, label: string): string {
  if (!Number.isSafeInteger(value)) {
    throw new UnsupportedStrategyError(`Expected \`${label}\` to be a safe integer, got \`${value}\``);
  }
  return String(value === 0 ? 0 : value);
}

/** A Python float literal: the shortest one that reads back as the same double. */
export function pyFloat(value: number, label: string): string {
  if (!Number.isFinite(value)) {
    throw new UnsupportedStrategyError(`Expected \`${label}\` to be a finite number, got \`${value}\``);
  }
  const text = Object.is(value, -0) ? '-0' : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** A Python str literal of printable ASCII, quoted as ruff quotes: with double quotes unless they occur inside. */
export function pyStr(value: string, label: string): string {
  if (!/^[\x20-\x7e]*$/.test(value) || /[\\']/.test(value)) {
    throw new UnsupportedStrategyError(
      `Expected \`${label}\` to be printable ASCII without quotes or backslashes, got ${JSON.stringify(value)}`,
    );
  }
  return value.includes('"') ? `'${value}'` : `"${value}"`;
}

/** A Python tuple of ints, `(1,)` for one. */
export function pyInts(values: readonly number[], label: string): string {
  const items = values.map((value) => pyInt(value, label));
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`;
}

/** A Python tuple of strs, `("a",)` for one. */
export function pyStrs(values: readonly string[], label: string): string {
  const items = values.map((value) => pyStr(value, label));
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`;
}

/** A Python str literal over several lines, as implicit concatenation. */
export function pyLongStr(value: string, label: string): string {
  const pieces = value.match(/.{1,100}/g) ?? [''];
  return pieces.length === 1
    ? pyStr(value, label)
    : `(\n${pieces.map((piece) => `    ${pyStr(piece, label)}\n`).join('')})`;
}
