import { RateLimiterPolicy } from '@highway/resilience';
import { describe, expect, it } from 'vitest';

/** The permits in a second that callers get who wait on the host's own timers. */
async function measure(limit: number, burst: number, ms: number): Promise<number> {
  const limiter = new RateLimiterPolicy({ limit, per: '1s', burst, maxWait: '1h' });
  let stopped = false;
  let ran = 0;
  const callForEver = async (): Promise<void> => {
    while (!stopped) await limiter.execute(() => ran++);
  };
  const began = performance.now();
  const callers = Array.from({ length: 100 }, callForEver);
  await new Promise((resolve) => setTimeout(resolve, ms));
  const rate = (ran - burst) / ((performance.now() - began) / 1000);
  stopped = true;
  await Promise.all(callers);
  return rate;
}

describe('a rate limiter on the timers of the host', () => {
  it.each([
    [200, 1],
    [5000, 1],
    [20_000, 10],
  ])('serves waiting calls at about %d per second, with a burst of %d', async (limit, burst) => {
    const ratio = (await measure(limit, burst, 700)) / limit;
    // Without any credit it would be a fifth or less; a busy machine may stall for a while.
    expect(ratio).toBeGreaterThan(0.6);
    expect(ratio).toBeLessThan(1.1);
  });
});
