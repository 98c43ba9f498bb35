import { describe, expect, it } from 'vitest';
import { Fraction, toThresholdFraction } from './fraction.ts';

describe('a fraction', () => {
  it('is never reduced', () => {
    const half = new Fraction(2, 4);
    expect(half).toMatchObject({ numerator: 2, denominator: 4 });
    expect(String(half)).toBe('2/4');
    expect(JSON.stringify({ half })).toBe('{"half":"2/4"}');
  });

  it('has a numeric value', () => {
    expect(new Fraction(2, 5).valueOf()).toBe(0.4);
    expect(new Fraction(1, 2) < new Fraction(2, 3)).toBe(true);
  });

  it('ranges from 0 to 1', () => {
    expect(new Fraction(0, 1).valueOf()).toBe(0);
    expect(new Fraction(7, 7).valueOf()).toBe(1);
  });

  it.each<[unknown, unknown]>([
    [-1, 5],
    [6, 5],
    [0, 0],
    [1, -1],
    [0.5, 1],
    [1, 1.5],
    [Number.NaN, 1],
    [1, Number.NaN],
    [1, Infinity],
    ['1', 2],
    [1, '2'],
    [1, undefined],
  ])('is not %o/%o', (numerator, denominator) => {
    expect(() => new Fraction(numerator as number, denominator as number)).toThrow(RangeError);
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(new Fraction(1, 2))).toBe(true);
  });
});

describe('a threshold', () => {
  it.each<[unknown, string]>([
    ['2/5', '2/5'],
    [' 2 / 5 ', '2/5'],
    ['1/1', '1/1'],
    [new Fraction(3, 4), '3/4'],
  ])('may be %o', (value, expected) => {
    const fraction = toThresholdFraction('failureThreshold', value);
    expect(fraction).toBeInstanceOf(Fraction);
    expect(String(fraction)).toBe(expected);
  });

  it.each<[unknown, typeof Error]>([
    ['0/5', RangeError],
    ['6/5', RangeError],
    ['1/0', RangeError],
    ['', RangeError],
    ['half', RangeError],
    ['1/2/3', RangeError],
    ['-1/2', RangeError],
    ['1.5/2', RangeError],
    ['1/', RangeError],
    ['99999999999999999999/99999999999999999999', RangeError],
    [new Fraction(0, 5), RangeError],
    [0.4, TypeError],
    [null, TypeError],
    [undefined, TypeError],
    [{ numerator: 1, denominator: 2 }, TypeError],
    [['2/5'], TypeError],
  ])('may not be %o', (value, type) => {
    expect(() => toThresholdFraction('failureThreshold', value)).toThrow(type);
  });

  it('is rejected by the name of its option, or as a fraction', () => {
    expect(() => toThresholdFraction('failureThreshold', '0/5')).toThrow(
      /^failureThreshold: "0\/5" /,
    );
    expect(() => toThresholdFraction('failureThreshold', new Fraction(0, 5))).toThrow(
      /^failureThreshold: "0\/5" /,
    );
    expect(() => new Fraction(6, 5)).toThrow(/^Fraction: "6\/5" /);
  });
});
