import { describe, expect, it } from 'vitest';
import { Backoff, RejectedError, RetryBudget, RetryPolicy } from '@highway/resilience';
import type { RetryInfo } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';

const failure = new Error('down');
const backoff = new Backoff({ minDelay: 10, maxDelay: 100 });

describe('retry.decide() about an attempt that others ran', () => {
  it('returns the wait before the next attempt', () => {
    const retry = new RetryPolicy({ backoff, maxRetries: 3 });
    expect(retry.decide({ attempt: 1, error: failure })).toEqual({ retry: true, delay: 10 });
    expect(retry.decide({ attempt: 3, error: failure })).toEqual({ retry: true, delay: 40 });
  });

  it('reports that attempts or time are used up', () => {
    const retry = new RetryPolicy({ backoff, maxRetries: 1, maxDuration: 50 });
    expect(retry.decide({ attempt: 2, error: failure })).toEqual({ retry: false, exhausted: true });
    expect(retry.decide({ attempt: 1, error: failure, elapsed: 41 })).toEqual({
      retry: false,
      exhausted: true,
    });
  });

  it('reports that the outcome is not to be retried', () => {
    const retry = new RetryPolicy({ backoff });
    const rejected = new RejectedError('full', { code: 'ERR_X' });
    expect(retry.decide({ attempt: 1, error: rejected })).toEqual({
      retry: false,
      exhausted: false,
    });
    expect(retry.decide({ attempt: 1, value: 'good' })).toEqual({ retry: false, exhausted: false });
  });

  it('judges values, and takes an error that is undefined for an error', () => {
    const retry = new RetryPolicy({ backoff, handleResult: (value) => value === 'bad' });
    expect(retry.decide({ attempt: 1, value: 'bad' })).toEqual({ retry: true, delay: 10 });
    expect(retry.decide({ attempt: 1, error: undefined })).toEqual({ retry: true, delay: 10 });
  });

  it.each([
    ['attempt', { attempt: 0 }],
    ['attempt', { attempt: Number.NaN }],
    ['elapsed', { attempt: 1, elapsed: Number.NaN }],
    ['previousDelay', { attempt: 1, previousDelay: Number.NaN }],
    ['previousDelay', { attempt: 1, previousDelay: -1 }],
  ])('rejects an invalid %s by its name: %j', (name, told) => {
    const budget = new RetryBudget({ ratio: 1, minPerSecond: 0, clock: new ManualClock() });
    const retry = new RetryPolicy({ backoff, budget, maxDuration: '1s' });
    expect(() => retry.decide({ ...told, error: failure })).toThrow(new RegExp(`^${name}: `, 'u'));
    expect(() => retry.decide({ ...told, value: 'good' })).toThrow(RangeError);
    expect(budget.tryTake()).toBe(false);
  });

  it('goes on if the clock of the attempts was set back', () => {
    const retry = new RetryPolicy({ backoff, maxDuration: '1s' });
    const decision = retry.decide({ attempt: 1, error: failure, elapsed: -60_000 });
    expect(decision).toEqual({ retry: true, delay: 10 });
  });

  it('waits as long as the error asks for', () => {
    const retry = new RetryPolicy({ backoff });
    const busy = Object.assign(new Error('busy'), { retryAfter: 500 });
    expect(retry.decide({ attempt: 1, error: busy })).toEqual({ retry: true, delay: 500 });
  });

  it('reports each retry to onRetry and to listeners', () => {
    const infos: RetryInfo[] = [];
    const seen: number[] = [];
    const retry = new RetryPolicy({
      backoff,
      maxRetries: 1,
      onRetry: (info) => void infos.push(info),
    });
    retry.on('retry', ({ delay }) => void seen.push(delay));
    retry.decide({ attempt: 1, error: failure });
    retry.decide({ attempt: 2, error: failure });
    expect(infos).toEqual([{ attempt: 1, delay: 10, error: failure }]);
    expect(seen).toEqual([10]);
  });

  it('counts a call in its budget at the first attempt, and each retry', () => {
    const clock = new ManualClock();
    const budget = new RetryBudget({ ratio: 1, minPerSecond: 0, window: '10s', clock });
    const retry = new RetryPolicy({ backoff, budget, clock });
    retry.decide({ attempt: 1, value: 'good' });
    expect(retry.decide({ attempt: 1, error: failure }).retry).toBe(true);
    expect(retry.decide({ attempt: 2, error: failure }).retry).toBe(true);
    expect(retry.decide({ attempt: 3, error: failure })).toEqual({
      retry: false,
      exhausted: false,
    });
  });
});
