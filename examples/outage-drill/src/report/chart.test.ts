import { describe, expect, it } from 'vitest';
import { columnSeconds, timeBar } from './chart.ts';

describe('a bar for a time', () => {
  it('grows with the time, from milliseconds to seconds', () => {
    const bars = [1, 30, 100, 300, 1000, 3000, 60_000].map(timeBar);
    expect(bars).toEqual([...bars].sort());
    expect(bars[0]).toBe('▁');
    expect(bars.at(-1)).toBe('█');
    expect(timeBar(undefined)).toBe('·');
  });
});

describe('the columns of a chart', () => {
  it('give every second the same width, as wide as fits', () => {
    expect(columnSeconds(3, 8)).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it('spread over all seconds where they are too many', () => {
    expect(columnSeconds(10, 5)).toEqual([0, 2, 4, 6, 8]);
  });
});
