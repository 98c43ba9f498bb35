import { expect, it } from 'vitest';
import { ReconnectBackoff } from './reconnect-backoff.ts';

it('reconnects at once, then less and less often while that does not help', () => {
  const backoff = new ReconnectBackoff();
  const renewed: number[] = [];
  for (let now = 0; now <= 25_000; now += 500) if (backoff.isDue(now)) renewed.push(now);
  expect(renewed).toEqual([0, 1000, 3000, 7000, 12_000, 17_000, 22_000]);
  backoff.succeeded();
  expect(backoff.isDue(26_999)).toBe(false);
  expect([backoff.isDue(27_000), backoff.isDue(27_999), backoff.isDue(28_000)]).toEqual([
    true,
    false,
    true,
  ]);
});
