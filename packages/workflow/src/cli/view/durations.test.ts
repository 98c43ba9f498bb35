import { describe, expect, it } from 'vitest';
import { duration, moment } from './durations.ts';

describe('duration', () => {
  it.each([
    [-5, '0ms'],
    [0.4, '0ms'],
    [999, '999ms'],
    [999.6, '1.0s'],
    [9_949, '9.9s'],
    [9_950, '10s'],
    [59_499, '59s'],
    [59_500, '1m'],
    [185_000, '3m 5s'],
    [3_600_000, '1h'],
    [171_000_000, '47h 30m'],
    [172_800_000, '2d'],
    [788_400_000, '9d 3h'],
  ])('formats %s ms as "%s"', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});

describe('moment', () => {
  it('formats a time in UTC', () => {
    expect(moment(new Date(1_700_000_000_123))).toBe('2023-11-14 22:13:20.123Z');
  });
});
