import { describe, expect, it } from 'vitest';
import { count, time } from './format.ts';

describe('a time', () => {
  it.each([
    [undefined, '–'],
    [0, '<1 ms'],
    [18.4, '18 ms'],
    [999.4, '999 ms'],
    [999.6, '1.0 s'],
    [4120, '4.1 s'],
    [240_000, '240 s'],
    [1_500_000, '25 min'],
  ])('of %s ms reads "%s"', (ms, text) => {
    expect(time(ms)).toBe(text);
  });
});

describe('a count', () => {
  it('has thousands separators', () => {
    expect(count(1_234_567)).toBe('1,234,567');
  });
});
