import { describe, expect, it } from 'vitest';
import { invalidKind, readTimerMs } from './options.ts';

describe('a value of the wrong kind', () => {
  it.each([
    ['redis://:secret@host', 'a string'],
    [{ password: 'secret' }, 'an object'],
    [Object.create(null), 'an object'],
    [['secret'], 'an array'],
    [7, '7'],
    [undefined, 'undefined'],
  ])('is reported without showing a secret: %j', (value, shown) => {
    expect(() => invalidKind('client', value, 'a client')).toThrow(
      `client: ${shown} is invalid; expected a client`,
    );
  });
});

describe('a duration for a timer', () => {
  it('is converted to milliseconds', () => {
    expect([readTimerMs('syncInterval', '1s'), readTimerMs('syncInterval', 10)]).toEqual([
      1000, 10,
    ]);
  });

  it.each([9, '25h'])('must be from 10 ms to 1 day: %j is not', (value) => {
    expect(() => readTimerMs('syncInterval', value)).toThrow(/^syncInterval: .* is invalid/);
  });
});
