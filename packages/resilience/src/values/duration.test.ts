import { describe, expect, it } from 'vitest';
import { duration, toMs } from './duration.ts';

describe('a duration', () => {
  it.each<[unknown, number]>([
    [0, 0],
    [1.5, 1.5],
    [Number.MAX_VALUE, Number.MAX_VALUE],
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['1m30s', 90_000],
    ['1d2h3m4s5ms', 93_784_005],
    [' 1 m 30 s ', 90_000],
    ['0s', 0],
    [{ seconds: 30 }, 30_000],
    [{ minutes: 1, seconds: 30 }, 90_000],
    [{ days: 1, hours: 2, minutes: 3, seconds: 4, milliseconds: 5 }, 93_784_005],
    [{ seconds: 0 }, 0],
    [{ seconds: 1, minutes: undefined }, 1000],
    [{ minutes: 1, seconds: -30 }, 30_000],
  ])('%o is %d ms', (value, ms) => {
    expect(toMs('timeout', value)).toBe(ms);
  });

  it.each<[unknown]>([
    [-1],
    [Number.NaN],
    [Infinity],
    [-Infinity],
    ['-5s'],
    [''],
    [' '],
    ['soon'],
    ['30'],
    ['s'],
    ['1s soon'],
    ['soon 1s'],
    ['1.s'],
    ['.5s'],
    ['1e3ms'],
    ['1w'],
    ['Infinity'],
    [{}],
    [{ second: 1 }],
    [{ seconds: 1, weeks: 1 }],
    [{ seconds: 1, years: 1 }],
    [{ seconds: '1' }],
    [{ seconds: Number.NaN }],
    [{ seconds: Infinity }],
    [{ seconds: -1 }],
    [null],
    [undefined],
    [true],
    [[]],
    [[1000]],
    [new Date(0)],
    [5n],
    [() => 5],
  ])('is not %o', (value) => {
    expect(() => toMs('timeout', value)).toThrow(/^timeout: /);
  });

  it('may be Infinity if that is allowed', () => {
    expect(toMs('maxWait', Infinity, true)).toBe(Infinity);
    expect(() => toMs('maxWait', -Infinity, true)).toThrow(RangeError);
    expect(() => toMs('maxWait', Number.NaN, true)).toThrow(RangeError);
    expect(duration(5, true)('maxWait', Infinity)).toBe(Infinity);
  });

  it('may have its units in getters, like Temporal.Duration', () => {
    class Temporal {
      readonly #parts: Record<string, number>;
      constructor(parts: Record<string, number>) {
        this.#parts = parts;
      }
      get years(): number {
        return this.#parts['years'] ?? 0;
      }
      get nanoseconds(): number {
        return this.#parts['nanoseconds'] ?? 0;
      }
      get hours(): number {
        return 0;
      }
      get seconds(): number {
        return this.#parts['seconds'] ?? 0;
      }
    }
    expect(toMs('timeout', new Temporal({ seconds: 2 }))).toBe(2000);
    expect(() => toMs('timeout', new Temporal({ seconds: 2, years: 1 }))).toThrow(/^timeout: /);
    expect(() => toMs('timeout', new Temporal({ seconds: 2, nanoseconds: 1 }))).toThrow(
      /^timeout: /,
    );
  });

  it('has a default if it is not given, and for no other value', () => {
    expect(duration(250)('timeout', undefined)).toBe(250);
    expect(duration(250)('timeout', '1s')).toBe(1000);
    expect(() => duration(250)('timeout', null)).toThrow(TypeError);
    expect(() => duration()('timeout', undefined)).toThrow(TypeError);
  });
});
