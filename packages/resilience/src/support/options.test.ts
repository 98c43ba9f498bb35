import { describe, expect, it } from 'vitest';
import { systemClock } from '../seams/clock.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import {
  callback,
  count,
  objectWith,
  number,
  policyOptions,
  readOptions,
  invalid,
} from './options.ts';

describe('the error for an invalid option', () => {
  it('names the option, the value and what is allowed', () => {
    expect(() => invalid('limit', 'x', 'a number')).toThrow(
      new TypeError('limit: "x" is invalid; expected a number'),
    );
  });

  it('is about the range if the value is a number, and about the type otherwise', () => {
    expect(() => invalid('limit', -1, 'more')).toThrow(RangeError);
    expect(() => invalid('limit', null, 'more')).toThrow(TypeError);
    expect(() => invalid('limit', 'x', 'more', RangeError)).toThrow(RangeError);
  });
});

describe('options', () => {
  const readers = { limit: count(1), name: policyOptions.name };

  it('are each read by their reader', () => {
    expect(readOptions('Policy', { limit: 3 }, readers)).toEqual({ limit: 3, name: undefined });
    expect(readOptions('Policy', { limit: 3, name: 'n' }, readers).name).toBe('n');
  });

  it('throw for an option without a reader, even one that every object has', () => {
    expect(() => readOptions('Policy', { limits: 3 }, readers)).toThrow(
      new TypeError('Policy: unknown option "limits"; known options are limit, name'),
    );
    expect(() => readOptions('Policy', { limit: 1, toString: 1 }, readers)).toThrow(/"toString"/);
  });

  it.each([undefined, null, 5, 'text', [], () => ({})])('throw if they are %o', (given) => {
    expect(() => readOptions('Policy', given, readers)).toThrow(TypeError);
    expect(() => readOptions('Policy', given, readers)).toThrow(
      /^Policy: options must be an object/,
    );
  });
});

describe('a count', () => {
  it('is an integer of at least the minimum', () => {
    expect(count(1)('limit', 1)).toBe(1);
    expect(count(0)('limit', 0)).toBe(0);
    expect(count(1)('limit', Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER);
  });

  it.each([0, -1, 1.5, Number.NaN, Infinity, -Infinity, 2 ** 53, '1', null, true, {}])(
    'is not %o',
    (value) => {
      expect(() => count(1)('limit', value)).toThrow(/^limit: .* an integer of at least 1$/);
    },
  );

  it('may be Infinity if that is allowed', () => {
    expect(count(1, 3, true)('limit', Infinity)).toBe(Infinity);
    expect(() => count(1, 3, true)('limit', -Infinity)).toThrow(/at least 1 or Infinity$/);
  });

  it('has a default if it is not given, and for no other value', () => {
    expect(count(1, 3)('limit', undefined)).toBe(3);
    expect(() => count(1, 3)('limit', null)).toThrow(TypeError);
    expect(() => count(1)('limit', undefined)).toThrow(TypeError);
  });
});

describe('a number', () => {
  it('is in a range, including both ends', () => {
    expect([0, 0.5, 1].map((value) => number(0, 1)('ratio', value))).toEqual([0, 0.5, 1]);
  });

  it.each([-0.001, 1.001, Number.NaN, '0.5', null, 1n])('is not %o', (value) => {
    expect(() => number(0, 1)('ratio', value)).toThrow(/^ratio: .* a number from 0 to 1$/);
  });

  it('has a default if it is not given', () => {
    expect(number(0, 1, 0.2)('ratio', undefined)).toBe(0.2);
    expect(() => number(0, 1)('ratio', undefined)).toThrow(TypeError);
  });
});

describe('a callback', () => {
  it('is a function or undefined', () => {
    const fn = (): void => {};
    expect(callback()('onRetry', fn)).toBe(fn);
    expect(callback()('onRetry', undefined)).toBeUndefined();
    expect(() => callback()('onRetry', null)).toThrow(/^onRetry: null .* a function$/);
  });
});

describe('an object with methods', () => {
  const reader = objectWith('a Duck', 'walk', 'quack');

  it('has all of them, or is not given', () => {
    const duck = { walk: () => 1, quack: () => 2 };
    expect(reader('duck', duck)).toBe(duck);
    expect(reader('duck', undefined)).toBeUndefined();
  });

  it.each([null, {}, { walk: () => 1 }, { walk: 1, quack: 2 }, 'duck'])('is not %o', (value) => {
    expect(() => reader('duck', value)).toThrow(/^duck: .* a Duck$/);
  });
});

describe('the options of every policy', () => {
  it('have no name and the system clock by default', () => {
    expect(policyOptions.name('name', undefined)).toBeUndefined();
    expect(policyOptions.clock('clock', undefined)).toBe(systemClock);
  });

  it('accept a name and a clock', () => {
    const clock = new ManualClock();
    expect(policyOptions.name('name', 'db')).toBe('db');
    expect(policyOptions.clock('clock', clock)).toBe(clock);
  });

  it('throw for an empty name and for a clock without timers', () => {
    expect(() => policyOptions.name('name', '')).toThrow(/^name: ""/);
    expect(() => policyOptions.name('name', 5)).toThrow(/^name: 5/);
    expect(() => policyOptions.clock('clock', { now: () => 0 })).toThrow(/^clock: /);
    expect(() => policyOptions.clock('clock', Date)).toThrow(/^clock: /);
  });
});
