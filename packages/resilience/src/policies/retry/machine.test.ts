import { describe, expect, it } from 'vitest';
import { Backoff } from '../../values/backoff.ts';
import { RetryBudget } from '../../values/retry-budget.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { decide, retryAfterOf } from './machine.ts';
import type { Progress } from './machine.ts';
import { readRetryOptions } from './options.ts';
import type { RetryOptions } from './options.ts';

const backoff = new Backoff({ minDelay: 10, maxDelay: 100 });
const first: Progress = { attempt: 1, elapsedMs: 0, previousDelayMs: undefined, retryAfterMs: 0 };

function deciding(options: RetryOptions, progress: Partial<Progress>): unknown {
  return decide(readRetryOptions({ backoff, ...options }), { ...first, ...progress });
}

describe('the decision on another attempt', () => {
  it('is to wait as long as the backoff says for that attempt', () => {
    expect([1, 2, 3].map((attempt) => deciding({}, { attempt }))).toEqual([10, 20, 40]);
  });

  it('is to stop once the retries are used up', () => {
    expect(deciding({ maxRetries: 2 }, { attempt: 2 })).toBe(20);
    expect(deciding({ maxRetries: 2 }, { attempt: 3 })).toBe('exhausted');
    expect(deciding({ maxRetries: 0 }, {})).toBe('exhausted');
    expect(deciding({ maxRetries: Infinity }, { attempt: 1e6 })).toBe(100);
  });

  it('passes the previous wait to a backoff that depends on it', () => {
    const going = new Backoff({
      minDelay: 10,
      maxDelay: 1000,
      jitter: 'decorrelated',
      random: () => 0.5,
    });
    expect(deciding({ backoff: going }, { attempt: 2, previousDelayMs: 90 })).toBe(140);
    expect(deciding({ backoff: going }, {})).toBe(20);
  });

  it('is to wait at least as long as the service asks', () => {
    expect(deciding({}, { retryAfterMs: 5 })).toBe(10);
    expect(deciding({}, { retryAfterMs: 500 })).toBe(500);
  });

  it('is to pass the error on if the service asks never to retry', () => {
    expect(deciding({}, { retryAfterMs: Infinity })).toBe('pass');
    expect(deciding({ maxRetries: 0 }, { retryAfterMs: Infinity })).toBe('exhausted');
  });

  it('is to stop if the next attempt would start too late', () => {
    const options = { maxDuration: 50 };
    expect(deciding(options, { elapsedMs: 40 })).toBe(10);
    expect(deciding(options, { elapsedMs: 40.5 })).toBe('exhausted');
    expect(deciding(options, { elapsedMs: 0, retryAfterMs: 51 })).toBe('exhausted');
  });

  it('takes from the budget only if it retries', () => {
    const budget = new RetryBudget({
      ratio: 0,
      minPerSecond: 0.1,
      window: '20s',
      clock: new ManualClock(),
    });
    const options = { budget, maxRetries: 1, maxDuration: 50 };
    deciding(options, { attempt: 2 });
    deciding(options, { elapsedMs: 45 });
    deciding(options, { retryAfterMs: Infinity });
    expect(budget.remaining).toBe(2);
    expect(deciding(options, {})).toBe(10);
    expect(deciding(options, {})).toBe(10);
    expect(deciding(options, {})).toBe('pass');
  });
});

describe('the wait that an error asks for', () => {
  it.each<[unknown, number]>([
    [{ retryAfter: 250 }, 250],
    [Object.assign(new Error('busy'), { retryAfter: 0.5 }), 0.5],
    [{ retryAfter: Infinity }, Infinity],
    [{ retryAfter: -5 }, 0],
    [{ retryAfter: 0 }, 0],
    [{ retryAfter: Number.NaN }, 0],
    [{ retryAfter: '30' }, 0],
    [{}, 0],
    [null, 0],
    [undefined, 0],
    ['retryAfter', 0],
    [7, 0],
  ])('of %o is %d', (error, expected) => {
    expect(retryAfterOf(error)).toBe(expected);
  });
});
