import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UnsupportedStrategyError } from '../../src/strategy/torch/errors.ts';
import { pyFloat, pyInt, pyInts, pyLongStr, pyStr, pyStrs } from '../../src/strategy/torch/literals.ts';

describe('Python literals', () => {
  it('write numbers that read back as the same double', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const literal = pyFloat(value, 'x');
        expect(Object.is(Number(literal), value)).toBe(true);
        expect(literal).toMatch(/[.e]/);
      }),
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuse the float %s', (value) => {
    expect(() => pyFloat(value, 'weight')).toThrow(UnsupportedStrategyError);
  });

  it.each([1.5, 2 ** 53, Number.NaN])('refuse the int %s', (value) => {
    expect(() => pyInt(value, 'k')).toThrow(UnsupportedStrategyError);
  });

  it.each(['a\nb', "a'b", 'a\\b', 'é'])('refuse the str %j', (value) => {
    expect(() => pyStr(value, 'name')).toThrow(UnsupportedStrategyError);
  });

  it('write tuples of one with their comma', () => {
    expect([pyInts([], 'x'), pyInts([3], 'x'), pyInts([3, -0], 'x')]).toEqual(['()', '(3,)', '(3, 0)']);
    expect([pyStrs(['a'], 'x'), pyStrs(['a', 'b'], 'x')]).toEqual(['("a",)', '("a", "b")']);
  });

  it('split long texts without losing a character', () => {
    const text = `${'x'.repeat(99)}"${'y'.repeat(150)}`;
    const pieces = [...pyLongStr(text, 'x').matchAll(/^ {4}(["'])(.*)\1$/gm)].map(([, , piece]) => piece);
    expect(pieces.length).toBe(3);
    expect(pieces.join('')).toBe(text);
  });
});
