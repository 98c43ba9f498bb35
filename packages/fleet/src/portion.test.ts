import { describe, expect, it } from 'vitest';
import { Portion } from './portion.ts';

describe('the portion of circuits that one exchange is about', () => {
  it('is all of them until the store does not answer in time', () => {
    const portion = new Portion(1000);
    portion.answered(10);
    expect(portion.size).toBe(Infinity);
  });

  it('is halved by each exchange that is not answered in time, down to one', () => {
    const portion = new Portion(1000);
    const sizes = [25, 13, 7, 4, 2, 1].map((count) => {
      portion.timedOut(count);
      return portion.size;
    });
    expect(sizes).toEqual([13, 7, 4, 2, 1, 1]);
  });

  it('is doubled by each exchange that takes less than a quarter of the time', () => {
    const portion = new Portion(1000);
    portion.timedOut(8);
    portion.answered(250);
    expect(portion.size).toBe(4);
    portion.answered(249);
    expect(portion.size).toBe(8);
  });
});
