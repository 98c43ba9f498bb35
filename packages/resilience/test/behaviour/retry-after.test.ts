import { describe, expect, it } from 'vitest';
import {
  Backoff,
  Failsafe,
  RateLimiterPolicy,
  RetriesExceededError,
  RetryPolicy,
} from '@highway/resilience';
import type { RetryOptions } from '@highway/resilience';
import { ManualClock, seededRandom } from '@highway/resilience/testing';

const busy = (retryAfter: unknown): Error => Object.assign(new Error('busy'), { retryAfter });

/** The waits of a call that always fails with these errors, and what the caller caught. */
async function waits(options: RetryOptions, ...errors: unknown[]) {
  const clock = new ManualClock();
  const delays: number[] = [];
  const retry = new RetryPolicy({
    clock,
    maxRetries: errors.length,
    ...options,
    onRetry: ({ delay }) => delays.push(delay),
  });
  let i = 0;
  const call = retry.executeOutcome(() => {
    throw errors[Math.min(i++, errors.length - 1)];
  });
  await clock.advance({ days: 100 });
  const outcome = await call;
  return { delays, error: outcome.ok ? undefined : outcome.error };
}

describe('a retry whose error has a retryAfter', () => {
  it('waits that long if its own wait is shorter', async () => {
    const { delays } = await waits({ backoff: Backoff.fixed(100) }, busy(5000));
    expect(delays).toEqual([5000]);
  });

  it('waits its own time if that is longer', async () => {
    const { delays } = await waits({ backoff: Backoff.fixed(100) }, busy(99), busy(100), busy(101));
    expect(delays).toEqual([100, 100, 101]);
  });

  it('reads retryAfter from each error, even above the longest wait of its backoff', async () => {
    const backoff = new Backoff({ minDelay: 100, maxDelay: 200 });
    const { delays } = await waits({ backoff }, busy(3000), new Error('no word'), busy(1));
    expect(delays).toEqual([3000, 200, 200]);
  });

  it.each([0.1, 0.5, 1, 'full', 'decorrelated'] as const)(
    'never retries earlier with jitter %s, which can only lengthen the wait',
    async (jitter) => {
      const random = seededRandom(7);
      const backoff = new Backoff({ minDelay: 500, maxDelay: 2000, jitter, random });
      const errors = Array.from({ length: 200 }, () => busy(900));
      const { delays } = await waits({ backoff }, ...errors);
      expect(Math.min(...delays)).toBeGreaterThanOrEqual(900);
      expect(new Set(delays).size).toBeGreaterThan(100);
    },
  );

  it('spreads waits above retryAfter, so that callers don’t return in step', async () => {
    const random = seededRandom(7);
    const backoff = new Backoff({ minDelay: 100, maxDelay: 100, jitter: 0.5, random });
    const { delays } = await waits({ backoff }, ...Array.from({ length: 100 }, () => busy(5000)));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(5000);
    expect(Math.max(...delays)).toBeLessThanOrEqual(5075);
    expect(new Set(delays).size).toBeGreaterThan(50);
  });

  it('ignores a retryAfter that is not a time', async () => {
    for (const odd of [0, -5, Number.NaN, '5000', null, undefined, {}]) {
      const { delays } = await waits({ backoff: Backoff.fixed(100) }, busy(odd));
      expect(delays).toEqual([100]);
    }
    for (const error of ['text', 5, null, undefined]) {
      const { delays } = await waits({ backoff: Backoff.fixed(100) }, error);
      expect(delays).toEqual([100]);
    }
  });

  it('gives up at once with that error if retryAfter is Infinity (resilience4j #1565)', async () => {
    const never = busy(Infinity);
    const { delays, error } = await waits({ backoff: Backoff.none }, never);
    expect([delays, error]).toEqual([[], never]);
  });

  it('gives up if the wait would exceed maxDuration', async () => {
    const late = busy(1001);
    const beyond = await waits({ backoff: Backoff.none, maxDuration: '1s' }, late);
    expect(beyond.delays).toEqual([]);
    expect(beyond.error).toBeInstanceOf(RetriesExceededError);
    expect((beyond.error as RetriesExceededError).cause).toBe(late);
    const within = await waits({ backoff: Backoff.none, maxDuration: '1s' }, busy(1000));
    expect(within.delays).toEqual([1000]);
  });

  it('retries a call to a rate limiter when that has a permit, if handleRejection allows it', async () => {
    const clock = new ManualClock();
    const limiter = new RateLimiterPolicy({ clock, limit: 1, per: '1s' });
    const retry = new RetryPolicy({ clock, handleRejection: () => true, backoff: Backoff.none });
    const failsafe = new Failsafe({ policies: [retry, limiter] });
    limiter.tryAcquire()!.success();
    await clock.advance(300);
    const ran: number[] = [];
    void failsafe.execute(() => ran.push(clock.now()));
    await clock.advance('1m');
    expect(ran).toEqual([1000]);
  });
});
