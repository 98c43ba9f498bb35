import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  Backoff,
  BulkheadFullError,
  BulkheadPolicy,
  CircuitBreakerPolicy,
  Failsafe,
  RateLimiterPolicy,
  RetriesExceededError,
  RetryPolicy,
  TimeoutPolicy,
  isTimeout,
} from '@highway/resilience';
import { boom, fail, hold, rejection, succeed } from '../support/calls.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lets the promises settle that can: fake timers leave microtasks alone. */
const microtasks = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

describe('fake timers of a test runner that advance right after a call', () => {
  it('let a timeout end the call', async () => {
    const timeout = new TimeoutPolicy({ timeout: 100 });
    const call = hold(timeout);
    vi.advanceTimersByTime(100);
    await microtasks();
    expect(isTimeout(await rejection(call.result))).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('do not let a timeout end it before its time', async () => {
    const timeout = new TimeoutPolicy({ timeout: 100 });
    const call = hold(timeout);
    vi.advanceTimersByTime(99);
    await microtasks();
    expect([call.context!.signal.aborted, vi.getTimerCount()]).toEqual([false, 1]);
    vi.advanceTimersByTime(1);
    await microtasks();
    expect(call.context!.signal.aborted).toBe(true);
    await rejection(call.result);
  });

  it('let a timeout end each of several calls', async () => {
    const timeout = new TimeoutPolicy({ timeout: 100 });
    const calls = Array.from({ length: 10 }, () => hold(timeout));
    vi.advanceTimersByTime(100);
    for (const call of calls) expect(isTimeout(await rejection(call.result))).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('let a timeout end the call even if they advance far past its time', async () => {
    const timeout = new TimeoutPolicy({ timeout: '1s' });
    const call = hold(timeout);
    vi.advanceTimersByTime(3_600_000);
    expect(isTimeout(await rejection(call.result))).toBe(true);
  });

  it('let a bulkhead reject a call that has waited too long', async () => {
    const bulkhead = new BulkheadPolicy({ maxConcurrent: 1, maxQueued: 2, maxWait: 50 });
    const blocker = hold(bulkhead);
    const waiting = [hold(bulkhead), hold(bulkhead)];
    vi.advanceTimersByTime(50);
    for (const call of waiting) {
      expect(await rejection(call.result)).toBeInstanceOf(BulkheadFullError);
    }
    expect([bulkhead.queued, vi.getTimerCount()]).toEqual([0, 0]);
    await blocker.succeed();
  });

  it('let a rate limiter admit calls whose permits have come', async () => {
    const limiter = new RateLimiterPolicy({ limit: 1, per: 100, maxWait: '1s' });
    await succeed(limiter);
    const waiting = [hold(limiter), hold(limiter)];
    vi.advanceTimersByTime(100);
    await microtasks();
    expect(waiting.map((call) => call.ran)).toEqual([true, false]);
    vi.advanceTimersByTime(100);
    await microtasks();
    expect(waiting.map((call) => call.ran)).toEqual([true, true]);
    await Promise.all(waiting.map((call) => call.succeed()));
    expect(vi.getTimerCount()).toBe(0);
  });

  it('let a breaker make a trial call after its cooldown', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/1', cooldown: '30s' });
    await fail(breaker);
    vi.advanceTimersByTime(29_999);
    expect(breaker.retryAfter).toBe(1);
    vi.advanceTimersByTime(1);
    expect(await succeed(breaker)).toBe('fine');
    expect(breaker.state).toBe('CLOSED');
  });

  it('let a retry wait from when the attempt has failed', async () => {
    const retry = new RetryPolicy({ maxRetries: 1, backoff: Backoff.fixed(100) });
    const attempts: number[] = [];
    const result = retry.execute(({ attempt }) => {
      attempts.push(attempt);
      throw boom;
    });
    const caught = rejection(result);
    // The attempt has not failed yet as far as promises tell, so no wait has begun.
    vi.advanceTimersByTime(100);
    await microtasks();
    expect([attempts, vi.getTimerCount()]).toEqual([[1], 1]);
    vi.advanceTimersByTime(100);
    expect(await caught).toBeInstanceOf(RetriesExceededError);
    expect(attempts).toEqual([1, 2]);
  });
});

describe('fake timers of a test runner that advance asynchronously', () => {
  it('let a retry go through all its waits', async () => {
    const retry = new RetryPolicy({ maxRetries: 3, backoff: Backoff.fixed(100) });
    let calls = 0;
    const caught = rejection(
      retry.execute(() => {
        calls++;
        throw boom;
      }),
    );
    await vi.advanceTimersByTimeAsync(300);
    expect(await caught).toBeInstanceOf(RetriesExceededError);
    expect([calls, vi.getTimerCount()]).toEqual([4, 0]);
  });

  it('let a timeout end a retry in the middle of a wait', async () => {
    const failsafe = new Failsafe({
      policies: [
        new TimeoutPolicy({ timeout: 250 }),
        new RetryPolicy({ maxRetries: 9, backoff: Backoff.fixed(100) }),
      ],
      onWarning: () => {},
    });
    let calls = 0;
    const caught = rejection(
      failsafe.execute(() => {
        calls++;
        throw boom;
      }),
    );
    await vi.advanceTimersByTimeAsync(1000);
    expect(isTimeout(await caught)).toBe(true);
    expect([calls, vi.getTimerCount()]).toEqual([3, 0]);
  });
});
