import { describe, expect, it } from 'vitest';
import { refuseOption, refuseUnknown, show, wholeNumber } from './options.ts';

describe('a bad option', () => {
  it('is named with its value and what is allowed', () => {
    expect(() => refuseOption('share', 'x', 'a number')).toThrow(
      new TypeError('share: "x" is not allowed; it takes a number'),
    );
  });

  it('is a matter of range where it is a number', () => {
    expect(() => refuseOption('share', 7, 'less')).toThrow(RangeError);
  });

  it.each([1, 2, Number.MAX_SAFE_INTEGER])('is not %d where a whole number is asked for', (n) => {
    expect(wholeNumber('calls', n, 1)).toBe(n);
  });

  it.each([0, 1.5, Infinity, Number.NaN, '1', undefined])('is %j there', (n) => {
    expect(() => wholeNumber('calls', n, 1)).toThrow(/calls: .* a whole number from 1/);
  });

  it('is one that nobody knows', () => {
    expect(() => {
      refuseUnknown('Fleet', { stroe: 1 }, ['store']);
    }).toThrow('Fleet: unknown option "stroe"; known are store');
  });

  it.each([null, undefined, 'text', []])('is %j in place of options', (options) => {
    expect(() => {
      refuseUnknown('Fleet', options, []);
    }).toThrow(/an object of options/);
  });
});

describe('a value in a message', () => {
  it('is short, whatever it is', () => {
    expect(show('x'.repeat(1000)).length).toBeLessThan(70);
  });

  it('may be an object that refers to itself', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    expect(show(circular)).toBe('an object');
  });
});
