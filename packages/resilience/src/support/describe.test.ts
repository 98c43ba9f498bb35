import { describe as group, expect, it } from 'vitest';
import { RetryPolicy } from '../policies/retry/index.ts';
import { describe, messageOf } from './describe.ts';

class Own {
  readonly secret = 'hunter2';
}

group('a value in an error message', () => {
  it.each<[unknown, string]>([
    ['text', '"text"'],
    ['', '""'],
    ['say "so"', '"say \\"so\\""'],
    ['two\nlines', '"two lines"'],
    ['postgres://app:hunter2@db/app', 'a string of 29 characters'],
    ['host=db password=hunter2', 'a string of 24 characters'],
    [{ 'redis://:hunter2@cache': 1 }, 'an object'],
    [5, '5'],
    [-0, '0'],
    [Number.NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [12n, '12n'],
    [true, 'true'],
    [undefined, 'undefined'],
    [null, 'null'],
    [Symbol('s'), 'Symbol(s)'],
    [Symbol('two\nlines'), 'Symbol(two lines)'],
    [{ seconds: -1 }, '{"seconds":-1}'],
    [{ seconds: '30' }, '{"seconds":"30"}'],
    [{ window: '2/5', over: '1m' }, '{"window":"2/5","over":"1m"}'],
    [{ password: 'hunter2' }, 'an object with password'],
    [{ a: {}, b: 1, c: 1, d: 1, e: 1 }, 'an object with a, b, c, d, …'],
    [[1, 2], 'an array, [1,2]'],
    [[1, 'a'], 'an array'],
    [Object.create(null), '{}'],
    [new Own(), 'an Own'],
    [new Map(), 'a Map'],
    [new TypeError('private'), 'a TypeError'],
    [Promise.resolve(), 'a Promise'],
    [Object.create({ then: () => 1 }), 'a thenable'],
    [Own, 'a class (Own)'],
    [() => 5, 'a function'],
    [Math.max, 'a function (max)'],
    [new RetryPolicy(), 'a RetryPolicy'],
    [{ password: '1234' }, 'an object with password'],
    ['x'.repeat(101), `"${'x'.repeat(58)}…"`],
    [new RetryPolicy({ name: 'orders' }), 'a RetryPolicy (orders)'],
  ])('shows %o as %s', (value, text) => {
    expect(describe(value)).toBe(text);
  });

  it('is cut if it is long', () => {
    expect(describe('x'.repeat(58))).toBe(`"${'x'.repeat(58)}"`);
    for (const long of ['x'.repeat(1e6), { ['y'.repeat(100)]: '' }, Symbol('z'.repeat(100))]) {
      expect(describe(long).length).toBeLessThan(65);
      expect(describe(long)).toContain('…');
    }
  });

  it('may be circular or unreadable', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(describe(circle)).toBe('an object with self');
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(describe(proxy)).toBe('an unreadable object');
  });
});

group('the message of what was thrown', () => {
  it('is that of an error, or the value itself as it is shown', () => {
    expect(messageOf(new Error('boom'))).toBe('boom');
    expect(messageOf('text')).toBe('text');
    expect(messageOf({ message: 5 })).toBe('{"message":5}');
  });
});
