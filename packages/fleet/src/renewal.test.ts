import { expect, it } from 'vitest';
import { Renewal } from './renewal.ts';

it('makes a connection anew at once, then less and less often while that does not help', () => {
  const renewal = new Renewal();
  const renewed: number[] = [];
  for (let now = 0; now <= 25_000; now += 500) if (renewal.isDue(now)) renewed.push(now);
  expect(renewed).toEqual([0, 1000, 3000, 7000, 12_000, 17_000, 22_000]);
  renewal.succeeded();
  expect(renewal.isDue(26_999)).toBe(false);
  expect([renewal.isDue(27_000), renewal.isDue(27_999), renewal.isDue(28_000)]).toEqual([
    true,
    false,
    true,
  ]);
});
